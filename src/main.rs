//! One binary, one subcommand a role.

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the GraphQL schema in SDL.
    Schema,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Schema => {
            print!("{}", weak_to_strong::graphql::schema(None).sdl());
            Ok(())
        }
    }
}
