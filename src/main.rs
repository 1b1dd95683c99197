//! One binary, one subcommand a role.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use weak_to_strong::{
    config::Config,
    curriculum, graphql, logging,
    serve::{self, Role},
};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run API, worker and scheduler in one process.
    Serve,
    /// Run the API alone.
    Api,
    /// Run a worker alone.
    Worker,
    /// Run the scheduler alone.
    Scheduler,
    /// Print the GraphQL schema in SDL.
    Schema,
    /// Check, publish and verify the curriculum's files.
    Curriculum {
        #[command(subcommand)]
        command: curriculum::command::Command,
    },
    /// Give an account the role ADMIN, by its e-mail address.
    GrantAdmin { email: String },
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let command = Cli::parse().command;
    if let Command::Schema = command {
        print!("{}", graphql::sdl(&graphql::schema(None)));
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::from_env()?;
    let _reports = logging::start(&config)?;
    match command {
        Command::Serve => serve::run(Role::Everything, config).await?,
        Command::Api => serve::run(Role::Api, config).await?,
        Command::Worker => serve::run(Role::Worker, config).await?,
        Command::Scheduler => serve::run(Role::Scheduler, config).await?,
        Command::Curriculum { command } => return curriculum::command::run(command).await,
        Command::GrantAdmin { email } => serve::grant_admin(config, &email).await?,
        Command::Schema => {}
    }
    Ok(ExitCode::SUCCESS)
}
