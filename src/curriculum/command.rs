//! The `curriculum` subcommands: what authors run.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{Content, Mistake, verify::Proof};
use crate::{app::App, clock::Clock, config::Config, db, db::embedded::Embedded, error::Error};

/// The database of the embedded server.
const DATABASE: &str = "weak_to_strong";

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Report every mistake in the files, with its place and a remedy.
    Lint {
        /// The folder that holds `tracks/`; the configured seeds when left out.
        dir: Option<PathBuf>,
    },
    /// Store what changed as new versions. Safe to run again, and while the platform serves.
    Publish {
        /// The folder that holds `tracks/`; the configured seeds when left out.
        dir: Option<PathBuf>,
    },
}

/// Fails when there are mistakes or a proof does not hold.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let config = Config::from_env()?;
    match command {
        Command::Lint { dir } => Ok(lint(&dir.unwrap_or(config.seeds_dir))),
        Command::Publish { dir } => publish(config, dir).await,
    }
}

fn lint(dir: &Path) -> ExitCode {
    match super::load(dir) {
        Ok(content) => {
            println!("No mistakes in {} challenges of {} tracks.", content.challenges().count(), content.tracks.len());
            ExitCode::SUCCESS
        }
        Err(mistakes) => report(&mistakes),
    }
}

fn report(mistakes: &[Mistake]) -> ExitCode {
    for mistake in mistakes {
        println!("{mistake}");
    }
    println!("{} mistakes.", mistakes.len());
    ExitCode::FAILURE
}

async fn publish(config: Config, dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let dir = dir.unwrap_or_else(|| config.seeds_dir.clone());
    let url = if let Some(url) = &config.database.url {
        url.clone()
    } else {
        let embedded = Embedded::start(&config.data_dir).await?;
        embedded.ensure_database(DATABASE).await?;
        embedded.url(DATABASE)
    };
    db::migrate(&url).await.map_err(Error::into_anyhow)?;
    let app = App::build(config, &url, Clock::system()).map_err(Error::into_anyhow)?;
    let report = super::publish_dir(&app, &dir).await.map_err(Error::into_anyhow)?;
    println!("Published: {report}.");
    Ok(ExitCode::SUCCESS)
}

#[expect(dead_code, reason = "until the pool of cells is here")]
fn table(proofs: &[Proof], content: &Content) -> ExitCode {
    let _ = content;
    for Proof { challenge, handed_in, expected, got, holds } in proofs {
        println!("{} {challenge:<40} {handed_in:<32} expected {expected}; got {got}", if *holds { "ok  " } else { "FAIL" });
    }
    let failed = proofs.iter().filter(|proof| !proof.holds).count();
    println!("{} of {} proofs hold.", proofs.len() - failed, proofs.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
