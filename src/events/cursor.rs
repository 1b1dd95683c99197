//! Where a reader stands, as an opaque string: version, topic, epoch, sequence.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::error::{Error, Result};

/// The first byte of every cursor; another one is a cursor of another version.
const VERSION: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub topic_name: String,
    pub epoch: u64,
    pub seq: u64,
}

impl Cursor {
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(self.topic_name.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// BAD_USER_INPUT for what is no cursor, or a cursor of another topic.
    pub fn decode(text: &str, topic_name: &str) -> Result<Self> {
        let malformed = || Error::bad_input("The cursor is malformed; leave it out to start with a snapshot.");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())?;
        let (&version, rest) = bytes.split_first().ok_or_else(malformed)?;
        let (epoch, rest) = rest.split_first_chunk::<8>().ok_or_else(malformed)?;
        let (seq, name) = rest.split_first_chunk::<8>().ok_or_else(malformed)?;
        if version != VERSION || name != topic_name.as_bytes() {
            return Err(Error::bad_input("The cursor belongs to something else; leave it out to start with a snapshot."));
        }
        Ok(Self { topic_name: topic_name.to_owned(), epoch: u64::from_be_bytes(*epoch), seq: u64::from_be_bytes(*seq) })
    }
}
