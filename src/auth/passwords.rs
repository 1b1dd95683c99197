//! Passwords: which are refused, and Argon2id with a bound on how many are hashed at once.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::{
    config,
    error::{Error, Result},
};

pub const CHARACTERS_MIN: usize = 8;
pub const CHARACTERS_MAX: usize = 128;
/// How long a sign-in waits for its turn at the hasher.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let list = include_str!("../../seeds/common-passwords.txt");
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    TooShort,
    TooLong,
    Common,
}

impl Weakness {
    #[must_use]
    pub fn message(self) -> String {
        match self {
            Self::TooShort => format!("The password has fewer than {CHARACTERS_MIN} characters."),
            Self::TooLong => format!("The password has more than {CHARACTERS_MAX} characters."),
            Self::Common => "The password is among the most used ones, which are guessed first.".to_owned(),
        }
    }
}

/// Counted in characters of the normal form, which is also what is hashed: one password, however a keyboard composes it.
#[must_use]
pub fn weakness(password: &str) -> Option<Weakness> {
    let characters = normal_prefix(password).chars().count();
    if characters < CHARACTERS_MIN {
        return Some(Weakness::TooShort);
    }
    if characters > CHARACTERS_MAX {
        return Some(Weakness::TooLong);
    }
    COMMON.contains(password.to_lowercase().as_str()).then_some(Weakness::Common)
}

/// At most one character more than is allowed: a giant input costs no more than a long one.
fn normal_prefix(password: &str) -> String {
    password.nfc().take(CHARACTERS_MAX + 1).collect()
}

pub struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    /// Verified when there is no account, so that the time tells nothing.
    decoy: String,
}

impl Passwords {
    pub fn new(config: &config::Auth) -> Result<Self> {
        let params = Params::new(config.argon2_memory_kib, config.argon2_iterations, 1, None)
            .map_err(|error| Error::fault(anyhow::anyhow!("the Argon2 settings are out of range: {error}")))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon2, "nobody has this password")?;
        Ok(Self { argon2, turns: Arc::new(Semaphore::new(config.argon2_concurrency.max(1))), decoy })
    }

    /// The PHC string to store.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let (argon2, password) = (self.argon2.clone(), normal_prefix(password));
        self.in_turn(move || hash(&argon2, &password)).await
    }

    /// Takes as long without a stored hash as with one.
    pub async fn verify(&self, password: &str, stored: Option<String>) -> Result<bool> {
        let (argon2, password) = (self.argon2.clone(), normal_prefix(password));
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.clone());
        self.in_turn(move || {
            let parsed = PasswordHash::new(&stored)
                .map_err(|error| Error::fault(anyhow::anyhow!("a stored password hash is malformed: {error}")))?;
            Ok(argon2.verify_password(password.as_bytes(), &parsed).is_ok() && exists)
        })
        .await
    }

    /// UNAVAILABLE when the hasher stays busy. The turn ends with the work, even when the asker has gone.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, self.turns.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(Error::unavailable("Too many people are signing in at this moment; try again."));
        };
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(Error::fault)?
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String> {
    let broken = |error| Error::fault(anyhow::anyhow!("a password could not be hashed: {error}"));
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(broken)?;
    Ok(argon2.hash_password(password.as_bytes(), &salt).map_err(broken)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_of_the_normal_form() {
        assert_eq!(weakness("kürzer"), Some(Weakness::TooShort));
        assert_eq!(weakness("ü".repeat(8).as_str()), None);
        // Seven characters, each written as a letter and an accent.
        assert_eq!(weakness("u\u{308}".repeat(7).as_str()), Some(Weakness::TooShort));
        assert_eq!(weakness("x".repeat(128).as_str()), None);
        assert_eq!(weakness("x".repeat(129).as_str()), Some(Weakness::TooLong));
    }

    #[test]
    fn the_most_used_passwords_are_refused_in_any_case() {
        assert_eq!(weakness("password"), Some(Weakness::Common));
        assert_eq!(weakness("PassWord"), Some(Weakness::Common));
        assert_eq!(weakness("a keel of quiet lanterns"), None);
    }

    #[tokio::test]
    async fn a_password_is_verified_in_either_composition() -> Result<()> {
        let settings = config::Auth {
            signing_key: None,
            accepted_signing_keys: Vec::new(),
            access_token_ttl: Duration::ZERO,
            refresh_token_ttl: Duration::ZERO,
            argon2_memory_kib: 8,
            argon2_iterations: 1,
            argon2_concurrency: 1,
            session_cache_ttl: Duration::ZERO,
        };
        let passwords = Passwords::new(&settings)?;
        let stored = passwords.hash("gr\u{fc}ne Wiese").await?;
        assert!(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert!(passwords.verify("gru\u{308}ne Wiese", Some(stored.clone())).await?);
        assert!(!passwords.verify("grune Wiese", Some(stored)).await?);
        assert!(!passwords.verify("nobody has this password", None).await?);
        Ok(())
    }
}
