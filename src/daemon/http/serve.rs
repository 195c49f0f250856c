//! Connections: accepted, given a time for their headers, ended in order.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::{debug, warn};

/// How long requests under way may take to end once shutdown has begun.
const GRACE: Duration = Duration::from_secs(10);
/// How long a connection may take to send a request's headers, idle or slow: a
/// sender of one byte a minute holds no place for ever.
const HEADERS: Duration = Duration::from_secs(30);

/// Answers on `listener` until `shutdown`, and then for ten seconds at most.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> io::Result<()> {
    serve_within(HEADERS, listener, router, shutdown).await;
    Ok(())
}

async fn serve_within(
    headers: Duration,
    mut listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            // Waits out what accepting can fail with, descriptors used up above all.
            accepted = Listener::accept(&mut listener) => accepted,
            () = shutdown.cancelled() => break,
        };
        while connections.try_join_next().is_some() {}
        connections.spawn(answer(headers, stream, peer, router.clone(), shutdown.clone()));
    }
    drop(listener);
    if timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await.is_err() {
        warn!(http.grace_s = GRACE.as_secs(), "requests were still under way at the end of the grace period");
    }
}

async fn answer(
    headers: Duration,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    shutdown: CancellationToken,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(error = %error, "a connection keeps Nagle's delay");
    }
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(headers)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(error = %error, "a connection ended badly");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        time::sleep,
    };

    use super::*;

    async fn answer_to(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        let read = timeout(Duration::from_secs(10), stream.read_to_string(&mut answer));
        read.await.expect("the connection ends").unwrap();
        answer
    }

    #[tokio::test]
    async fn who_never_ends_its_headers_is_let_go_and_who_is_answered_is_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slowly = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
            sleep(Duration::from_millis(300)).await;
            peer.ip().to_string()
        };
        let router = Router::new().route("/", get(slowly));
        let shutdown = CancellationToken::new();
        let headers = Duration::from_millis(100);
        let server = tokio::spawn(serve_within(headers, listener, router, shutdown.clone()));

        for unfinished in ["", "GET / HTTP/1.1\r\nHost: loc"] {
            let answer = answer_to(address, unfinished.as_bytes()).await;
            assert!(!answer.contains(" 200 "), "{answer}");
        }
        let request = tokio::spawn(answer_to(address, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        sleep(Duration::from_millis(100)).await;
        shutdown.cancel();
        let answer = request.await.unwrap();
        assert!(answer.contains(" 200 ") && answer.ends_with("127.0.0.1"), "{answer}");
        server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "it still listens");
    }
}
