//! Two accounts for a development machine, so that a newcomer can look around at once: a learner and an admin.
//! Their passwords are made at the first start and kept in the data directory.

use std::{fs, io::ErrorKind, path::Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{fields::Fields, new_user, store};
use crate::{
    app::App,
    auth::{Role, tokens::write_secret},
    error::{Error, Result},
};

const FILE: &str = "demo-accounts.json";

#[derive(Clone, Serialize, Deserialize)]
pub struct DemoAccount {
    pub email: String,
    pub password: String,
    display_name: String,
    #[serde(skip)]
    admin: bool,
}

/// Makes what is missing and gives back both; nothing outside development. A second call changes nothing.
pub async fn ensure_demo_accounts(app: &App) -> Result<Vec<DemoAccount>> {
    if !app.config.development {
        return Ok(Vec::new());
    }
    let accounts = read_or_make(&app.config.data_dir).map_err(Error::fault)?;
    for account in &accounts {
        ensure(app, account, app.clock.now()).await?;
    }
    Ok(accounts)
}

async fn ensure(app: &App, account: &DemoAccount, now: DateTime<Utc>) -> Result<()> {
    let found = store::user_by_email(&mut *app.db.conn().await?, &account.email).await?;
    let stored = found.as_ref().and_then(|user| user.password_hash.clone());
    if app.auth.passwords.verify(&account.password, stored).await? {
        return Ok(());
    }
    let hash = app.auth.passwords.hash(&account.password).await?;
    let mut conn = app.db.conn().await?;
    if let Some(user) = found {
        return store::set_password_hash(&mut conn, user.id, &hash).await;
    }
    let fields = Fields { email: account.email.clone(), display_name: account.display_name.clone(), time_zone: "UTC".to_owned() };
    let roles: &[Role] = if account.admin { &[Role::Learner, Role::Admin] } else { &[Role::Learner] };
    // Another process of the same start may have been faster: then its row is as good.
    store::insert_user(&mut conn, &new_user(fields, hash, roles, now)).await?;
    Ok(())
}

fn read_or_make(data_dir: &Path) -> anyhow::Result<Vec<DemoAccount>> {
    let path = data_dir.join(FILE);
    let fresh = || {
        let account = |email: &str, display_name: &str| DemoAccount {
            email: email.to_owned(),
            password: hex::encode(rand::random::<[u8; 12]>()),
            display_name: display_name.to_owned(),
            admin: false,
        };
        vec![account("demo-learner@example.com", "Demo Learner"), account("demo-admin@example.com", "Demo Admin")]
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(data_dir)?;
            match write_secret(&path, &serde_json::to_string_pretty(&fresh())?) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
                _ => fs::read_to_string(&path)?,
            }
        }
        Err(error) => return Err(error.into()),
    };
    let mut accounts: Vec<DemoAccount> = serde_json::from_str(&text)?;
    for account in &mut accounts {
        account.admin = account.email.starts_with("demo-admin@");
    }
    Ok(accounts)
}
