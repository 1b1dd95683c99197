//! The sandbox against a real engine and the real images (scripts/build-images.sh). Tests take turns and hold at most two
//! cells, so that what one of them measures another does not disturb.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod corpora;
mod fallback;
mod isolation;
mod limits;
mod reuse;
mod runs;
mod steady;
mod support;
