//! Connections on which nothing moves come to an end, whatever protocol they speak and however far
//! they came: before the first byte, in the middle of headers or of a body, between requests.

use axum_server::accept::Accept;
use std::future::{Future, Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// Accepts connections and gives each a longest time of silence.
#[derive(Debug, Clone, Copy)]
pub struct IdleAcceptor(pub Duration);

impl<S> Accept<TcpStream, S> for IdleAcceptor {
    type Stream = Idle<TcpStream>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(Ok((Idle::new(stream, self.0), service)))
    }
}

/// A stream that fails when nothing has been read or written for a while.
#[derive(Debug)]
pub struct Idle<T> {
    inner: T,
    longest: Duration,
    end: Pin<Box<Sleep>>,
}

impl<T> Idle<T> {
    fn new(inner: T, longest: Duration) -> Idle<T> {
        Idle { inner, longest, end: Box::pin(tokio::time::sleep(longest)) }
    }

    /// What moved begins the silence anew; what waits fails when it has lasted too long.
    fn judge<R>(&mut self, outcome: Poll<io::Result<R>>, context: &mut Context<'_>) -> Poll<io::Result<R>> {
        match outcome {
            Poll::Ready(done) => {
                let end = Instant::now() + self.longest;
                self.end.as_mut().reset(end);
                Poll::Ready(done)
            }
            Poll::Pending => self.end.as_mut().poll(context).map(|()| Err(io::Error::from(io::ErrorKind::TimedOut))),
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Idle<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_read(cx, buffer);
        this.judge(outcome, cx)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Idle<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_write(cx, bytes);
        this.judge(outcome, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_write_vectored(cx, parts);
        this.judge(outcome, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
