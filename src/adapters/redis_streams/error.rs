//! What Redis' errors mean to a user of the log: whether trying again may help.

use redis::{ErrorKind, RedisError, ServerErrorKind};
use watchtower_core::ports::log::LogError;

/// Puts an error into the port's words. `address` tells which Redis.
pub(super) fn log_error(address: &str, error: &RedisError) -> LogError {
    let reason = format!("redis at {address}: {error}");
    match verdict(error) {
        Verdict::Unavailable => LogError::Unavailable { reason },
        Verdict::Unusable => LogError::Unusable { reason },
        Verdict::Corrupt => LogError::Corrupt { what: reason },
    }
}

/// A reply of an unexpected shape.
pub(super) fn unexpected(what: &str) -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, "unexpected reply", what.to_owned()))
}

/// The code a server's error begins with: `NOGROUP`, `BUSYGROUP`, ….
pub(super) fn has_code(error: &RedisError, code: &str) -> bool {
    error.code() == Some(code)
}

/// The server does not let this connection in; a new one may fare better once
/// somebody has changed the password.
pub(super) fn is_refusal(error: &RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed || matches!(error.code(), Some("NOAUTH" | "WRONGPASS"))
}

#[derive(PartialEq, Debug)]
enum Verdict {
    Unavailable,
    Unusable,
    Corrupt,
}

fn verdict(error: &RedisError) -> Verdict {
    if is_refusal(error) {
        return Verdict::Unusable;
    }
    match error.kind() {
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => Verdict::Corrupt,
        ErrorKind::InvalidClientConfig | ErrorKind::Client | ErrorKind::RESP3NotSupported => {
            Verdict::Unusable
        }
        ErrorKind::Server(
            ServerErrorKind::NoPerm | ServerErrorKind::CrossSlot | ServerErrorKind::NotBusy,
        ) => Verdict::Unusable,
        // Anything the server has no code for: unknown commands, mostly.
        ErrorKind::Server(ServerErrorKind::ResponseError) if !is_crowded(error) => Verdict::Unusable,
        _ if has_code(error, "WRONGTYPE") => Verdict::Corrupt,
        // Connection lost, time-outs, LOADING, CLUSTERDOWN, READONLY after a
        // fail-over, OOM, MISCONF, BUSY: all may pass.
        _ => Verdict::Unavailable,
    }
}

fn is_crowded(error: &RedisError) -> bool {
    error.detail().is_some_and(|detail| detail.contains("max number of clients"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(line: &str) -> RedisError {
        match redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap() {
            redis::Value::ServerError(error) => error.into(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_may_pass_is_retryable_and_nothing_else() {
        let passing = [
            "LOADING Redis is loading the dataset in memory",
            "CLUSTERDOWN Hash slot not served",
            "READONLY You can't write against a read only replica.",
            "OOM command not allowed when used memory > 'maxmemory'.",
            "MISCONF Redis is configured to save RDB snapshots",
            "ERR max number of clients reached",
            "BUSY Redis is busy running a script",
        ];
        for line in passing {
            assert!(log_error("host:1", &server(line)).is_retryable(), "{line}");
        }
        let lasting = [
            "NOAUTH Authentication required.",
            "WRONGPASS invalid username-password pair",
            "NOPERM this user has no permissions",
            "ERR unknown command 'XAUTOCLAIM'",
        ];
        for line in lasting {
            assert_eq!(verdict(&server(line)), Verdict::Unusable, "{line}");
        }
        let foreign = server("WRONGTYPE Operation against a key holding the wrong kind of value");
        assert_eq!(verdict(&foreign), Verdict::Corrupt);
        let dropped: RedisError = std::io::Error::from(std::io::ErrorKind::ConnectionReset).into();
        let error = log_error("host:1", &dropped);
        assert!(error.is_retryable());
        assert!(error.to_string().starts_with("event log unavailable: redis at host:1: "), "{error}");
    }
}
