//! Reads a request's body: bounded in bytes and in time, refused by its announced length before a byte is kept.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::{HeaderMap, StatusCode, header},
};
use futures_util::StreamExt;

use super::graphql::Rejection;
use crate::{error::Code, graphql::Refusal};

pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long a client may take to send it.
const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// What is still read of a body that is too large, and thrown away, so that the client gets to see the answer.
const DISCARDED_BYTES_MAX: usize = 4 * 1024 * 1024;
const DISCARD_TIMEOUT: Duration = Duration::from_secs(1);

/// 413 for more than [`BODY_BYTES_MAX`], 408 for a slow one, 400 for one that breaks off.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Rejection> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    let mut stream = body.into_data_stream();
    if announced.is_some_and(|bytes| bytes > BODY_BYTES_MAX as u64) {
        // One who waits for a go-ahead is spared the sending.
        if !headers.contains_key(header::EXPECT) {
            discard(stream).await;
        }
        return Err(too_large());
    }
    match tokio::time::timeout(READ_TIMEOUT, collect(&mut stream)).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => {
            discard(stream).await;
            Err(too_large())
        }
        Ok(Err(_)) => Err(Rejection::new(StatusCode::BAD_REQUEST, Refusal::bad_input("The body broke off."))),
        Err(_) => Err(Rejection::new(StatusCode::REQUEST_TIMEOUT, Refusal::new(Code::Timeout, "The body took too long to arrive."))),
    }
}

fn too_large() -> Rejection {
    let message = format!("The body is larger than {BODY_BYTES_MAX} bytes.");
    Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, Refusal::new(Code::PayloadTooLarge, message))
}

/// None when it is too large.
async fn collect(stream: &mut BodyDataStream) -> Result<Option<Vec<u8>>, axum::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        if bytes.len() + chunk.len() > BODY_BYTES_MAX {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

async fn discard(mut stream: BodyDataStream) {
    let reading = async {
        let mut read = 0;
        while let Some(Ok(chunk)) = stream.next().await {
            read += chunk.len();
            if read > DISCARDED_BYTES_MAX {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(DISCARD_TIMEOUT, reading).await;
}
