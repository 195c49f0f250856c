//! Real services and builders for the integration tests.

pub(crate) mod daemon;
pub(crate) mod postgres;
pub(crate) mod pty;
pub(crate) mod redis;
pub(crate) mod tmux;
pub(crate) mod yard;

/// Installs the TLS provider that `main` installs; reqwest needs one to exist.
pub(crate) fn install_tls() {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
