//! Who may do what.
//!
//! Receivers: a signature, or a token in the path. The API: a bearer token with
//! a role. Where neither is configured, only this machine.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, Uri, header, request::Parts},
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::{AppState, error::Problem};
use crate::ingest::signature::{self, Covers, SignatureError};

/// What the bearer of a token may do; each role may what those before it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Look.
    Viewer,
    /// Run the operation: acknowledge, draw fences, send positions.
    Dispatcher,
    /// Everything.
    Admin,
}

/// A token of the API.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// Whose: the name in the audit trail.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The secret itself.
    pub token: SecretString,
}

/// Somebody who may look, by name.
pub(super) struct Viewer;

/// Somebody who may run the operation, by name.
pub(super) struct Dispatcher(pub(super) String);

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        bearer(parts, state, Role::Viewer).map(|_| Self)
    }
}

impl FromRequestParts<AppState> for Dispatcher {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        bearer(parts, state, Role::Dispatcher).map(Self)
    }
}

/// The name of whoever sends the request, if they may.
fn bearer(parts: &Parts, state: &AppState, needed: Role) -> Result<String, Problem> {
    let tokens = &state.options.api_tokens;
    if tokens.is_empty() {
        return local(parts).map(|()| "local".to_owned());
    }
    let sent = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let sent = sent.ok_or_else(|| Problem::unauthorized("a bearer token is needed"))?;
    let known =
        tokens.iter().fold(None, |found, known| if same(sent, &known.token) { Some(known) } else { found });
    match known {
        None => Err(Problem::unauthorized("the bearer token is not known")),
        Some(known) if known.role < needed => {
            Err(Problem::forbidden(format!("the token's role is not {needed:?}").to_lowercase()))
        }
        Some(known) => Ok(known.name.clone()),
    }
}

/// Whether a receiver's sender is believed already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Claim {
    /// It showed the token, or is on this machine and nothing is configured.
    Proven,
    /// It must have signed the body.
    MustBeSigned,
}

/// What a receiver's sender has to show, judged before its body is read.
pub(super) fn claim(parts: &Parts, state: &AppState, token: Option<&str>) -> Result<Claim, Problem> {
    let options = &state.options;
    if let Some(token) = token {
        let known = options
            .receiver_tokens
            .iter()
            .fold(Choice::from(0), |any, known| any | same_choice(token, known));
        return if known.into() {
            Ok(Claim::Proven)
        } else {
            Err(Problem::unauthorized("the token in the path is not known"))
        };
    }
    if !options.webhook_secrets.is_empty() {
        if !parts.headers.contains_key(&options.signature_header) {
            return Err(SignatureError::Missing.into());
        }
        return Ok(Claim::MustBeSigned);
    }
    if !options.receiver_tokens.is_empty() {
        return Err(Problem::unauthorized("a token in the path is needed"));
    }
    local(parts).map(|()| Claim::Proven)
}

/// Checks the signature of a body.
pub(super) fn signed(headers: &HeaderMap, state: &AppState, body: &[u8]) -> Result<(), SignatureError> {
    let options = &state.options;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let covers = match &options.timestamp_header {
        None => Covers::Body,
        Some(name) => Covers::Timestamped { timestamp: text(name), now: state.now() },
    };
    signature::verify(&options.webhook_secrets, text(&options.signature_header), covers, body)
}

/// Whether a request comes from this machine and nowhere else: not through a
/// proxy on it, and not from a web page in a browser on it.
fn local(parts: &Parts) -> Result<(), Problem> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let is_local = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback())
        && !parts.headers.contains_key(header::FORWARDED)
        && !parts.headers.contains_key("x-forwarded-for")
        && parts.headers.get(header::HOST).is_none_or(|host| host.to_str().is_ok_and(is_loopback_name))
        && parts
            .headers
            .get(header::ORIGIN)
            .is_none_or(|origin| origin.to_str().is_ok_and(is_loopback_origin));
    if is_local {
        return Ok(());
    }
    Err(Problem::forbidden("without credentials configured, only this machine is answered"))
}

fn is_loopback_origin(origin: &str) -> bool {
    origin.parse::<Uri>().ok().and_then(|uri| uri.authority().map(|name| is_loopback_name(name.as_str())))
        == Some(true)
}

/// `localhost:8080`, `127.0.0.1`, `[::1]:8080`.
fn is_loopback_name(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<axum::http::uri::Authority>() else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn same(sent: &str, known: &SecretString) -> bool {
    same_choice(sent, known).into()
}

/// Compares digests, so that not even the length shows in the time taken.
fn same_choice(sent: &str, known: &SecretString) -> Choice {
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    digest(sent).ct_eq(&digest(known.expose_secret()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for name in ["localhost:8080", "LOCALHOST", "127.0.0.1:1", "127.8.0.1", "[::1]:9"] {
            assert!(is_loopback_name(name), "{name}");
        }
        for name in ["localhost.evil.example", "10.0.0.1", "[2001:db8::1]:80", ""] {
            assert!(!is_loopback_name(name), "{name}");
        }
        assert!(is_loopback_origin("http://localhost:3000"));
        assert!(!is_loopback_origin("https://evil.example"));
        assert!(!is_loopback_origin("null"));
    }
}
