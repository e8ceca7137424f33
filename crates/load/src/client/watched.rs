//! A stream under a library, with somebody who sees all that is read of it before the library does.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::client::stream::Stream;

/// Sees what is read.
pub(super) trait Watch {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// Why nothing more is to be read.
    fn see(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// A stream that is watched.
#[derive(Debug)]
pub(super) struct Watched<W> {
    stream: Stream,
    watch: W,
}

impl<W> Watched<W> {
    pub(super) const fn new(stream: Stream, watch: W) -> Self {
        Self { stream, watch }
    }

    pub(super) const fn stream(&self) -> &Stream {
        &self.stream
    }

    pub(super) const fn watch(&self) -> &W {
        &self.watch
    }
}

impl<W: Watch + Unpin> AsyncRead for Watched<W> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        match this.watch.see(&buf.filled()[before..]) {
            Ok(()) => polled,
            Err(fault) => Poll::Ready(Err(fault)),
        }
    }
}

impl<W: Unpin> AsyncWrite for Watched<W> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
