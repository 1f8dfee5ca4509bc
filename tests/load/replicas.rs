//! The replicas as processes: started, killed, started again.

use std::{net::SocketAddr, process::Stdio, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};
use workos_mcp_emulator::Emulator;

use crate::{
    Failure,
    deaths::{Deaths, Life},
    proxy::Proxy,
};

pub(crate) const COUNT: usize = 3;

pub(crate) struct Replicas {
    environment: Vec<(&'static str, String)>,
    proxy: Arc<Proxy>,
    deaths: Arc<Deaths>,
    running: Vec<Running>,
}

pub(crate) struct Running {
    child: Child,
    pub(crate) life: Life,
}

impl Running {
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }
}

impl Replicas {
    pub(crate) async fn start(
        emulator: &Emulator,
        base_url: &str,
        proxy: Arc<Proxy>,
        deaths: Arc<Deaths>,
    ) -> Result<Self, Failure> {
        let mut replicas = Self {
            // The API key gives the key of session ids, the same in all of them.
            environment: vec![
                ("WORKOS_AUTHKIT_DOMAIN", emulator.issuer().to_owned()),
                ("WORKOS_API_KEY", emulator.api_key().to_owned()),
                ("WORKOS_CLIENT_ID", emulator.client_id().to_owned()),
                ("WORKOS_API_URL", emulator.url().to_owned()),
                ("BASE_URL", base_url.to_owned()),
            ],
            proxy,
            deaths,
            running: Vec::new(),
        };
        for place in 0..COUNT {
            let replica = replicas.start_one(Life { place, number: 0 }).await?;
            replicas.running.push(replica);
        }
        Ok(replicas)
    }

    pub(crate) fn running(&self) -> &[Running] {
        &self.running
    }

    /// SIGKILL: no drain, no farewell.
    pub(crate) async fn kill(&mut self, place: usize) -> Result<(), Failure> {
        let replica = self.running.get_mut(place).ok_or("no such replica")?;
        self.deaths.announce(replica.life);
        replica.child.kill().await?;
        self.proxy.take_out(replica.life);
        Ok(())
    }

    pub(crate) async fn start_again(&mut self, place: usize) -> Result<(), Failure> {
        let life = self.running.get(place).ok_or("no such replica")?.life;
        self.running[place] = self
            .start_one(Life {
                number: life.number + 1,
                ..life
            })
            .await?;
        Ok(())
    }

    async fn start_one(&self, life: Life) -> Result<Running, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("replica")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the replica has no stdout")?;
        let mut announced = String::new();
        BufReader::new(stdout).read_line(&mut announced).await?;
        let address: SocketAddr = announced.trim().parse()?;
        self.proxy.put_in(life, address);
        Ok(Running { child, life })
    }
}
