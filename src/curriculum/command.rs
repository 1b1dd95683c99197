//! The `curriculum` subcommands: what authors run.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{
    Mistake,
    verify::{Proof, verify},
};
use crate::{
    app::App,
    clock::Clock,
    config::Config,
    db,
    error::Error,
    sandbox::{Pool, PoolSettings, Sandbox},
    serve,
};

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
    /// Prove in the sandboxes that references pass, and that starters, wrong answers and generated cheats do not.
    Verify {
        /// The folder that holds `tracks/`; the configured seeds when left out.
        dir: Option<PathBuf>,
        /// The slug of one challenge.
        #[arg(long)]
        only: Option<String>,
    },
}

/// Fails when there are mistakes or a proof does not hold.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let config = Config::from_env()?;
    let (Command::Lint { dir } | Command::Publish { dir } | Command::Verify { dir, .. }) = &command;
    let dir = dir.clone().unwrap_or_else(|| config.seeds_dir.clone());
    let content = match super::load(&dir) {
        Ok(content) => content,
        Err(mistakes) => return Ok(report(&mistakes)),
    };
    match command {
        Command::Lint { .. } => {
            println!("No mistakes in {} challenges of {} tracks.", content.challenges().count(), content.tracks.len());
            Ok(ExitCode::SUCCESS)
        }
        Command::Publish { .. } => publish(config, &dir).await,
        Command::Verify { only, .. } => {
            let sandbox = Pool::start(&config.sandbox, PoolSettings::of(&config.sandbox), Clock::system().now()).await?;
            let proofs = verify(&sandbox, &content, only.as_deref()).await;
            sandbox.shutdown().await;
            Ok(table(&proofs.map_err(Error::into_anyhow)?))
        }
    }
}

fn report(mistakes: &[Mistake]) -> ExitCode {
    for mistake in mistakes {
        println!("{mistake}");
    }
    println!("{} mistakes.", mistakes.len());
    ExitCode::FAILURE
}

async fn publish(config: Config, dir: &Path) -> anyhow::Result<ExitCode> {
    let (url, embedded) = serve::database(&config).await?;
    db::migrate(&url).await.map_err(Error::into_anyhow)?;
    let app = App::build(config, &url, Clock::system()).map_err(Error::into_anyhow)?;
    let report = super::publish_dir(&app, dir).await.map_err(Error::into_anyhow)?;
    println!("Published: {report}.");
    app.db.close();
    if let Some(embedded) = embedded.filter(|embedded| embedded.started_here) {
        embedded.stop().await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(proofs: &[Proof]) -> ExitCode {
    for Proof { challenge, handed_in, expected, got, holds } in proofs {
        println!("{} {challenge:<40} {handed_in:<32} expected {expected}; got {got}", if *holds { "ok  " } else { "FAIL" });
    }
    let failed = proofs.iter().filter(|proof| !proof.holds).count();
    println!("{} of {} proofs hold.", proofs.len() - failed, proofs.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
