//! Access tokens (JWT, HS256, 15 minutes) and refresh tokens (opaque, 256 random bits, stored as their SHA-256).

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    config::Config,
    db::ids::{SessionId, TypedId, UserId},
    error::{Error, Result},
};

const ISSUER: &str = "weak-to-strong";
const AUDIENCE: &str = "weak-to-strong-api";
/// Another audience than the API's: a link opens one document and is no access token.
const LINK_AUDIENCE: &str = "weak-to-strong-link";
/// How long a link to a personal document works.
pub const LINK_TTL: Duration = Duration::from_mins(10);
const TOKEN_BYTES_MAX: usize = 2048;
const KEY_FILE: &str = "signing-key";

/// Signs with one key and accepts several, so that keys rotate without a log-out.
pub struct Tokens {
    signing: Key,
    accepted: Vec<Key>,
    access_ttl: Duration,
    refresh_ttl: Duration,
}

struct Key {
    /// Names the key in a token's header and tells nothing about it.
    kid: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
}

/// What a link token says: what may be opened with it, and until when.
#[derive(Clone, Serialize, Deserialize)]
struct LinkClaims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
}

/// What a genuine access token says; whether its session still lives is another question.
#[derive(Clone, Debug)]
pub struct Access {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub expires_at: DateTime<Utc>,
}

/// A refresh token as the client gets it, and what is stored of it.
pub struct RefreshToken {
    pub secret: String,
    pub hash: [u8; 32],
}

impl Tokens {
    pub fn new(config: &Config) -> Result<Self> {
        let secret = match &config.auth.signing_key {
            Some(key) => key.clone(),
            None => development_key(&config.data_dir).map_err(Error::fault)?,
        };
        let accepted = config.auth.accepted_signing_keys.iter().map(|key| Key::new(key)).collect();
        Ok(Self {
            signing: Key::new(&secret),
            accepted,
            access_ttl: config.auth.access_token_ttl,
            refresh_ttl: config.auth.refresh_token_ttl,
        })
    }

    #[must_use]
    pub fn access_ttl(&self) -> Duration {
        self.access_ttl
    }

    #[must_use]
    pub fn refresh_ttl(&self) -> Duration {
        self.refresh_ttl
    }

    pub fn sign(&self, user_id: UserId, session_id: SessionId, now: DateTime<Utc>) -> Result<String> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user_id.to_string(),
            sid: session_id.to_string(),
            iat: now.timestamp(),
            exp: (now + self.access_ttl).timestamp(),
        };
        let header = Header { kid: Some(self.signing.kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &self.signing.encoding).map_err(Error::fault)
    }

    /// UNAUTHENTICATED unless one of our keys signed it, for this API, and it has not ended by `now`.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Access> {
        self.read(token, now).ok_or_else(Error::unauthenticated)
    }

    /// A token that opens what `subject` names, without a session, for [`LINK_TTL`].
    pub fn sign_link(&self, subject: String, now: DateTime<Utc>) -> Result<String> {
        let exp = (now + LINK_TTL).timestamp();
        let claims = LinkClaims { iss: ISSUER.to_owned(), aud: LINK_AUDIENCE.to_owned(), sub: subject, exp };
        let header = Header { kid: Some(self.signing.kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &self.signing.encoding).map_err(Error::fault)
    }

    /// What a link opens; None unless we made it and it has not ended by `now`.
    #[must_use]
    pub fn read_link(&self, token: &str, now: DateTime<Utc>) -> Option<String> {
        let claims: LinkClaims = self.claims(token, LINK_AUDIENCE)?;
        DateTime::from_timestamp(claims.exp, 0).filter(|end| *end > now)?;
        Some(claims.sub)
    }

    fn claims<C: DeserializeOwned + Clone>(&self, token: &str, audience: &str) -> Option<C> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = std::iter::once(&self.signing).chain(&self.accepted).find(|key| key.kid == kid)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        // The library asks the system's clock; ours is a parameter and is asked below.
        validation.validate_exp = false;
        Some(jsonwebtoken::decode::<C>(token, &key.decoding, &validation).ok()?.claims)
    }

    fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Access> {
        let claims: Claims = self.claims(token, AUDIENCE)?;
        let expires_at = DateTime::from_timestamp(claims.exp, 0).filter(|end| *end > now)?;
        Some(Access { user_id: UserId::parse(&claims.sub).ok()?, session_id: SessionId::parse(&claims.sid).ok()?, expires_at })
    }
}

impl Key {
    fn new(secret: &str) -> Self {
        let digest = Sha256::digest([b"kid:", secret.as_bytes()].concat());
        Self {
            kid: hex::encode(&digest[..8]),
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
        }
    }
}

impl RefreshToken {
    #[must_use]
    pub fn generate() -> Self {
        let secret = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let hash = Self::hash(&secret);
        Self { secret, hash }
    }

    #[must_use]
    pub fn hash(secret: &str) -> [u8; 32] {
        Sha256::digest(secret.as_bytes()).into()
    }
}

/// Made at the first start and kept, so that a restart logs nobody out.
fn development_key(data_dir: &Path) -> anyhow::Result<String> {
    fs::create_dir_all(data_dir).with_context(|| format!("cannot make {}", data_dir.display()))?;
    let path = data_dir.join(KEY_FILE);
    match fs::read_to_string(&path) {
        Ok(key) if key.trim().len() >= 32 => return Ok(key.trim().to_owned()),
        Ok(_) => anyhow::bail!("{} is no signing key; remove it", path.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    let key = hex::encode(rand::random::<[u8; 32]>());
    match write_secret(&path, &key) {
        Ok(()) => Ok(key),
        // Another process made it in between.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(fs::read_to_string(&path)?.trim().to_owned()),
        Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
    }
}

/// A new file that only its owner reads; complete or absent, never half written.
pub fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let written = (|| {
        let mut file: File = File::options().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&draft, path)
    })();
    let _ = fs::remove_file(&draft);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(key: &str, accepted: &[&str]) -> Tokens {
        Tokens {
            signing: Key::new(key),
            accepted: accepted.iter().map(|key| Key::new(key)).collect(),
            access_ttl: Duration::from_mins(15),
            refresh_ttl: Duration::from_hours(1),
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_900_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_token_reads_back_until_the_second_it_ends() {
        let tokens = tokens("k".repeat(32).as_str(), &[]);
        let (user, session) = (UserId::generate(), SessionId::generate());
        let token = tokens.sign(user, session, at(0)).unwrap();
        let access = tokens.verify(&token, at(899)).unwrap();
        assert_eq!((access.user_id, access.session_id, access.expires_at), (user, session, at(900)));
        assert!(tokens.verify(&token, at(900)).is_err());
    }

    #[test]
    fn a_changed_foreign_or_unsigned_token_is_refused() {
        let ours = tokens(&"a".repeat(32), &[]);
        let token = ours.sign(UserId::generate(), SessionId::generate(), at(0)).unwrap();
        let mut parts: Vec<&str> = token.split('.').collect();
        let unsigned_header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, ours.signing.kid));
        parts[0] = &unsigned_header;
        for bad in [String::new(), "a.b.c".to_owned(), format!("{token}x"), token.replace('.', ""), parts.join("."), "x".repeat(5000)] {
            assert!(ours.verify(&bad, at(1)).is_err(), "{bad}");
        }
        assert!(tokens(&"b".repeat(32), &[]).verify(&token, at(1)).is_err());
    }

    #[test]
    fn a_link_opens_one_thing_for_ten_minutes_and_is_no_access_token() {
        let tokens = tokens(&"a".repeat(32), &[]);
        let link = tokens.sign_link("a-document".to_owned(), at(0)).unwrap();
        assert_eq!(tokens.read_link(&link, at(599)).as_deref(), Some("a-document"));
        assert_eq!(tokens.read_link(&link, at(600)), None);
        assert!(tokens.verify(&link, at(1)).is_err());
        let access = tokens.sign(UserId::generate(), SessionId::generate(), at(0)).unwrap();
        assert_eq!(tokens.read_link(&access, at(1)), None);
        assert_eq!(tokens.read_link("a.b.c", at(1)), None);
    }

    #[test]
    fn an_old_key_is_accepted_while_keys_rotate() {
        let old = tokens(&"a".repeat(32), &[]);
        let token = old.sign(UserId::generate(), SessionId::generate(), at(0)).unwrap();
        let (a, b) = ("a".repeat(32), "b".repeat(32));
        assert!(tokens(&b, &[&a]).verify(&token, at(1)).is_ok());
    }

    #[test]
    fn the_development_key_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let key = development_key(dir.path()).unwrap();
        assert_eq!(development_key(dir.path()).unwrap(), key);
        assert_eq!(fs::metadata(dir.path().join(KEY_FILE)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
