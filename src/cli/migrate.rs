//! `watchtower migrate`.

use super::{media, signals, telemetry};
use crate::config::Settings;

pub(super) async fn run(settings: Settings) -> anyhow::Result<()> {
    telemetry::to_stderr(&settings.logging)?;
    let stop = signals::stop_token()?;
    media::open_postgis(&settings, &stop).await?;
    Ok(())
}
