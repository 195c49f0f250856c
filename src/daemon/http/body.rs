//! Bodies: read within a limit, a time and a budget of memory, and unpacked.

use std::{io::Read as _, time::Duration};

use axum::{
    body::{Body, HttpBody as _},
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use futures::StreamExt as _;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{AppState, BUDGET_UNIT, error::Problem};

/// How much of an oversized body is read and thrown away, so that its sender is
/// still there to hear why: a multiple of the limit.
const PATIENCE: usize = 4;
/// How long to wait until other bodies have left the memory this one needs.
const ROOM_PATIENCE: Duration = Duration::from_secs(5);

/// A body in memory.
pub(super) struct Received {
    /// As it came over the wire.
    pub(super) wire: Bytes,
    /// Unpacked.
    pub(super) content: Bytes,
    _budget: OwnedSemaphorePermit,
}

/// Reads a body whole.
pub(super) async fn read(state: &AppState, headers: &HeaderMap, body: Body) -> Result<Received, Problem> {
    let options = &state.options;
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?"));
    // Names of codings know no case (RFC 9110, 8.4.1).
    let packed = match encoding.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "identity") => false,
        Some("gzip" | "x-gzip") => true,
        Some(other) => return Err(Problem::encoding(other)),
    };
    let told = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    let expected = if packed { options.body_limit } else { told.unwrap_or(options.body_limit) };
    let units = expected.min(options.body_limit).div_ceil(BUDGET_UNIT) as u32;
    let room = timeout(ROOM_PATIENCE, state.bodies.clone().acquire_many_owned(units)).await;
    let Ok(Ok(budget)) = room else {
        return Err(Problem::unavailable("busy", "Too many bodies are under way"));
    };
    let reading = gather(headers, body, told, options.body_limit);
    let wire = timeout(options.body_timeout, reading).await.map_err(|_| Problem::slow())??;
    let content = if packed { unpack(&wire, options.body_limit).await? } else { wire.clone() };
    Ok(Received { wire, content, _budget: budget })
}

async fn gather(
    headers: &HeaderMap,
    body: Body,
    told: Option<usize>,
    limit: usize,
) -> Result<Bytes, Problem> {
    let mut too_large = told.is_some_and(|length| length > limit);
    if too_large && headers.contains_key(header::EXPECT) {
        return Err(Problem::too_large(limit));
    }
    let (mut kept, mut seen) = (BytesMut::with_capacity(told.unwrap_or(0).min(limit)), 0_usize);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Problem::unreadable(format!("the body broke off: {error}")))?;
        seen += chunk.len();
        if too_large || seen > limit {
            too_large = true;
            kept = BytesMut::new();
        } else {
            kept.extend_from_slice(&chunk);
        }
        if seen > limit.saturating_mul(PATIENCE) {
            break;
        }
    }
    if too_large { Err(Problem::too_large(limit)) } else { Ok(kept.freeze()) }
}

/// Unpacks gzip, up to the limit: a bomb costs no more than an honest body.
async fn unpack(wire: &Bytes, limit: usize) -> Result<Bytes, Problem> {
    let wire = wire.clone();
    let unpacked = tokio::task::spawn_blocking(move || {
        let mut content = Vec::new();
        MultiGzDecoder::new(&wire[..]).take(limit as u64 + 1).read_to_end(&mut content).map(|_| content)
    })
    .await
    .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    match unpacked {
        Ok(content) if content.len() > limit => Err(Problem::too_large(limit)),
        Ok(content) => Ok(content.into()),
        Err(error) => Err(Problem::unreadable(format!("the body is not gzip: {error}"))),
    }
}
