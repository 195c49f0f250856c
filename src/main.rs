//! Parse, dispatch, exit code.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser;
use watchtower::cli::{self, Cli};

fn main() -> ExitCode {
    // One TLS provider for every client in the process.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("watchtower: a TLS provider was installed before main");
    }
    let outcome = match Cli::try_parse() {
        Ok(cli) => cli::run(cli),
        Err(message) => return cli::exit::of_usage(&message),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be there to read it: the terminal may be why it ended.
            let _ = writeln!(io::stderr(), "watchtower: {error:#}");
            cli::exit::of(&error)
        }
    }
}
