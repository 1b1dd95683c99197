//! The sandbox against a real engine and the real images (scripts/build-images.sh). Tests take turns and hold at most two
//! cells, so that what one of them measures another does not disturb.

mod corpora;
mod isolation;
mod limits;
mod runs;
mod support;
