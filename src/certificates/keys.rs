//! The keys that sign certificates: Ed25519, named by `kid`. One signs; those that signed before it stay published, so that what
//! they signed can be verified for good. What is signed is a compact JWS, and the published keys are a JWK set: any JOSE library
//! verifies a certificate without us.

use std::{fs, io::ErrorKind, path::Path};

use anyhow::{Context, bail};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    auth::tokens::write_secret,
    config::Config,
    error::{Error, Result},
};

const KEY_FILE: &str = "certificate-key";
const KEY_BYTES: usize = 32;

/// Signs with one key and knows those that signed before.
pub struct Keys {
    /// None in a process that shows no certificate, such as a production's worker.
    pair: Option<Ed25519KeyPair>,
    /// The signing key's first.
    public: Vec<PublicKey>,
}

struct PublicKey {
    kid: String,
    bytes: [u8; KEY_BYTES],
}

/// Who signed a statement, and the signature.
#[derive(Clone, Debug)]
pub struct Seal {
    pub kid: String,
    pub signature: Vec<u8>,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
}

impl Keys {
    /// Reads the keys of the settings; in development makes one at the first start.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let seed = match &config.certificates.signing_key {
            Some(seed) => Some(seed.clone()),
            None if config.development => Some(development_seed(&config.data_dir)?),
            None => None,
        };
        Self::of(seed.as_deref(), &config.certificates.public_keys)
    }

    fn of(seed: Option<&str>, retired: &[String]) -> anyhow::Result<Self> {
        let (mut pair, mut public) = (None, Vec::new());
        if let Some(seed) = seed {
            let seed = bytes(seed).context("WTS_CERTIFICATE_KEY is not 32 bytes, in hexadecimal or base64url")?;
            let own = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| anyhow::anyhow!("WTS_CERTIFICATE_KEY makes no key"))?;
            public.push(PublicKey::new(own.public_key().as_ref().try_into().context("a public key has another length")?));
            pair = Some(own);
        }
        for key in retired {
            public.push(PublicKey::new(bytes(key).context("one of WTS_CERTIFICATE_PUBLIC_KEYS is no public key of Ed25519")?));
        }
        Ok(Self { pair, public })
    }

    /// The same statement and key give the same seal.
    pub fn sign(&self, statement: &impl Serialize) -> Result<Seal> {
        let pair = self.pair.as_ref().ok_or_else(|| Error::broken("this process holds no key for certificates"))?;
        let kid = self.public.first().map(|key| key.kid.clone()).unwrap_or_default();
        let signature = pair.sign(signing_input(&kid, statement)?.as_bytes()).as_ref().to_vec();
        Ok(Seal { kid, signature })
    }

    /// Whether one of our keys made this seal of this statement.
    pub fn verify(&self, statement: &impl Serialize, seal: &Seal) -> Result<bool> {
        let Some(key) = self.public.iter().find(|key| key.kid == seal.kid) else { return Ok(false) };
        let input = signing_input(&seal.kid, statement)?;
        Ok(UnparsedPublicKey::new(&ED25519, key.bytes).verify(input.as_bytes(), &seal.signature).is_ok())
    }

    /// The published keys as a JWK set (RFC 7517, RFC 8037).
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        let keys = self.public.iter().map(|key| {
            json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": BASE64_URL_SAFE_NO_PAD.encode(key.bytes)})
        });
        json!({"keys": keys.collect::<Vec<_>>()})
    }
}

/// The sealed statement as a compact JWS (RFC 7515).
pub fn jws(statement: &impl Serialize, seal: &Seal) -> Result<String> {
    Ok(format!("{}.{}", signing_input(&seal.kid, statement)?, BASE64_URL_SAFE_NO_PAD.encode(&seal.signature)))
}

fn signing_input(kid: &str, statement: &impl Serialize) -> Result<String> {
    let part = |json: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(json);
    Ok(format!("{}.{}", part(serde_json::to_vec(&Header { alg: "EdDSA", kid })?), part(serde_json::to_vec(statement)?)))
}

impl PublicKey {
    /// Named by its thumbprint (RFC 7638).
    fn new(bytes: [u8; KEY_BYTES]) -> Self {
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, BASE64_URL_SAFE_NO_PAD.encode(bytes));
        Self { kid: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(members)), bytes }
    }
}

/// In hexadecimal, or as a JWK writes it.
fn bytes(text: &str) -> anyhow::Result<[u8; KEY_BYTES]> {
    let text = text.trim();
    let bytes = if text.len() == 2 * KEY_BYTES { hex::decode(text)? } else { BASE64_URL_SAFE_NO_PAD.decode(text)? };
    bytes.try_into().map_err(|_| anyhow::anyhow!("another length"))
}

/// Made at the first start and kept, so that certificates outlive a restart.
fn development_seed(data_dir: &Path) -> anyhow::Result<String> {
    fs::create_dir_all(data_dir).with_context(|| format!("cannot make {}", data_dir.display()))?;
    let path = data_dir.join(KEY_FILE);
    match fs::read_to_string(&path) {
        Ok(seed) => return Ok(seed),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    match write_secret(&path, &hex::encode(rand::random::<[u8; KEY_BYTES]>())) {
        Ok(()) => {}
        // Another process made it in between.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => bail!("cannot write {}: {error}", path.display()),
    }
    Ok(fs::read_to_string(&path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(seed: u8, retired: &[String]) -> Keys {
        Keys::of(Some(&hex::encode([seed; KEY_BYTES])), retired).unwrap()
    }

    #[test]
    fn a_changed_statement_or_seal_is_refused() {
        let (keys, statement) = (keys(1, &[]), json!({"number": "A", "recipient": "Ada"}));
        let seal = keys.sign(&statement).unwrap();
        assert!(keys.verify(&statement, &seal).unwrap());
        assert!(!keys.verify(&json!({"number": "A", "recipient": "Eve"}), &seal).unwrap());
        let mut bent = seal.clone();
        bent.signature[0] ^= 1;
        assert!(!keys.verify(&statement, &bent).unwrap());
        assert!(!keys.verify(&statement, &Seal { signature: Vec::new(), ..seal.clone() }).unwrap());
        assert!(!keys.verify(&statement, &Seal { kid: "other".to_owned(), ..seal }).unwrap());
    }

    #[test]
    fn what_an_old_key_signed_is_good_while_its_public_half_is_kept() {
        let (old, statement) = (keys(1, &[]), json!({"number": "A"}));
        let seal = old.sign(&statement).unwrap();
        let public = hex::encode(old.public[0].bytes);
        assert!(keys(2, std::slice::from_ref(&public)).verify(&statement, &seal).unwrap());
        let published = old.jwks()["keys"][0]["x"].as_str().unwrap().to_owned();
        assert!(keys(2, &[published]).verify(&statement, &seal).unwrap());
        assert!(!keys(2, &[]).verify(&statement, &seal).unwrap());
        assert!(["", "abc", &"0".repeat(62), &"z".repeat(64)].iter().all(|bad| Keys::of(None, &[(*bad).to_owned()]).is_err()));
        assert_eq!(keys(2, &[public]).jwks()["keys"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn who_holds_no_key_verifies_and_does_not_sign() {
        let (signer, statement) = (keys(1, &[]), json!({"number": "A"}));
        let worker = Keys::of(None, &[hex::encode(signer.public[0].bytes)]).unwrap();
        assert!(worker.sign(&statement).is_err());
        assert!(worker.verify(&statement, &signer.sign(&statement).unwrap()).unwrap());
    }

    #[test]
    fn keys_are_named_as_the_standard_names_them() {
        // The example of RFC 8037, appendix A.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let keys = Keys::of(Some(seed), &[]).unwrap();
        assert_eq!(keys.public[0].kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(keys.jwks()["keys"][0]["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    }

    #[test]
    fn the_development_key_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(development_seed(dir.path()).unwrap(), development_seed(dir.path()).unwrap());
    }
}
