//! What callers may spend: a leaky bucket for each account, and for each address of those without one, counted in the cost that an
//! operation has before it runs; and how many operations run at once.
//!
//! Reserved before, and what was not needed is given back after. The buckets are in Redis where there is one, so that all servers fill
//! the same; while it does not answer, each server counts for itself.

mod admission;
mod local;
mod shared;

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, Utc};

pub use admission::{Admission, Place};
use local::Local;
use shared::Shared;

use crate::{
    auth::{ClientAddress, Viewer},
    config::Limits,
    db::ids::TypedId,
    error::{Error, Result, whole_seconds},
};

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Purse(String);

impl Purse {
    /// The account, or else the address; an IPv6 address counts as its /64, which is what one subscriber gets. Callers whose address is
    /// not known share one purse.
    #[must_use]
    pub fn of(viewer: Option<&Viewer>, address: Option<ClientAddress>) -> Self {
        match (viewer, address.map(|ClientAddress(ip)| ip.to_canonical())) {
            (Some(viewer), _) => Self(format!("user:{}", viewer.user_id.uuid())),
            (None, Some(IpAddr::V4(ip))) => Self(format!("address:{ip}")),
            (None, Some(IpAddr::V6(ip))) => Self(format!("address:{:x}", ip.to_bits() >> 64)),
            (None, None) => Self("address:unknown".to_owned()),
        }
    }
}

/// How a bucket answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// It was taken; so much is left.
    Taken(u64),
    /// There is less than that; in a while there is enough.
    Short(Duration),
}

/// The size of a bucket and how fast it is filled again.
#[derive(Clone, Copy, Debug)]
struct Measure {
    capacity: u64,
    per_second: u64,
}

pub struct Budget {
    measure: Measure,
    local: Local,
    shared: Option<Shared>,
}

/// What was reserved for an operation.
#[derive(Debug)]
#[must_use]
pub struct Reserved {
    purse: Purse,
    pub requested: u64,
    pub remaining: u64,
    /// It was taken from the bucket that all servers share, and goes back there.
    is_shared: bool,
}

impl Budget {
    pub fn new(limits: &Limits, redis_url: Option<&str>) -> Result<Self> {
        let measure = Measure { capacity: limits.cost_capacity, per_second: limits.cost_per_second };
        Ok(Self { measure, local: Local::default(), shared: redis_url.map(Shared::connect).transpose()? })
    }

    /// What a purse gets back in a second.
    #[must_use]
    pub fn restore_rate(&self) -> u64 {
        self.measure.per_second
    }

    /// RATE_LIMITED, with the time to wait, when less than that is left. One that costs more than a whole bucket waits for a full one.
    pub async fn reserve(&self, purse: Purse, cost: u64, now: DateTime<Utc>) -> Result<Reserved> {
        let asked = cost.min(self.measure.capacity);
        let level = match &self.shared {
            Some(shared) => shared.take(self.measure, &purse, asked, now).await,
            None => None,
        };
        let is_shared = level.is_some();
        match level.unwrap_or_else(|| self.local.take(self.measure, &purse, asked, now)) {
            Level::Taken(remaining) => Ok(Reserved { purse, requested: cost, remaining, is_shared }),
            Level::Short(wait) => {
                let seconds = whole_seconds(wait);
                Err(Error::rate_limited(format!("You have asked for more than your share; ask again in {seconds} s."), wait))
            }
        }
    }

    /// Gives back what an operation did not need; answers what is left then.
    pub fn settle(&self, reserved: Reserved, actual: u64, now: DateTime<Utc>) -> u64 {
        let Reserved { purse, requested, remaining, is_shared } = reserved;
        let unused = requested.min(self.measure.capacity).saturating_sub(actual);
        if unused > 0 {
            match self.shared.as_ref().filter(|_| is_shared) {
                Some(shared) => shared.give_back(self.measure, &purse, unused, now),
                None => self.local.give(self.measure, &purse, unused, now),
            }
        }
        (remaining + unused).min(self.measure.capacity)
    }
}
