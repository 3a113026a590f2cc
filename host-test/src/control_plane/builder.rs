//! How a control plane is set up before it starts.

use std::net::{IpAddr, Ipv4Addr};

use super::launch::Launch;
use super::pki::Pki;
use super::{ControlPlane, Program, StartError};
use crate::api_server::CertificateAuthority;

/// Sets up a control plane. Without any of it: the program that [`Program::find`] finds, on a free port of 127.0.0.1.
#[derive(Debug, Default)]
pub struct Builder {
    program: Option<Program>,
    bind: Option<IpAddr>,
    port: u16,
    flags: Vec<String>,
}

impl Builder {
    /// The program to run, rather than the one that is found.
    #[must_use]
    pub fn program(mut self, program: Program) -> Self {
        self.program = Some(program);
        self
    }

    /// The loopback address to listen on, rather than 127.0.0.1.
    #[must_use]
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.bind = Some(address);
        self
    }

    /// The port to listen on, rather than a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Adds a flag of kube-apiserver, such as `--anonymous-auth=false`.
    #[must_use]
    pub fn api_server_flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Starts it, on no data, and waits until it is ready: some seconds, once the program is built.
    ///
    /// # Errors
    ///
    /// [`StartError`], with a variant for each step.
    pub async fn start(self) -> Result<ControlPlane, StartError> {
        let program = match self.program {
            Some(program) => program,
            None => tokio::task::spawn_blocking(|| Program::find(|| ()))
                .await
                .map_err(|error| StartError::Run(error.into()))??,
        };
        // The paths of sockets in it have to be short.
        let folder = tempfile::Builder::new()
            .prefix("cp-")
            .tempdir()
            .map_err(|error| StartError::Write { path: std::env::temp_dir(), error })?;
        for part in ["pki", "data"] {
            let path = folder.path().join(part);
            std::fs::create_dir(&path).map_err(|error| StartError::Write { path, error })?;
        }
        let authority = CertificateAuthority::new("kubernetes")?;
        let pki = Pki::new(folder.path().join("pki"), authority)?;
        let launch = Launch {
            program,
            bind: self.bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: self.port,
            flags: self.flags,
        };
        let (process, address) = launch.start(folder.path(), &pki).await?;
        Ok(ControlPlane {
            process: Some(process),
            reserved: None,
            launch: Launch { port: address.port(), ..launch },
            address,
            pki,
            folder,
        })
    }
}
