//! Running other programs: in sight, under a time limit, or beside the rest.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Runs a program whose output the user sees; an error unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a program and returns what it printed on standard output, trimmed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", line(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What a program prints, for a look at what is installed; none if it does not run or fails.
pub(crate) fn quiet_output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program, hands on what it prints on standard output as it comes, and
/// returns that as well.
pub(crate) fn run_and_read(command: &mut Command) -> Result<(String, Result<()>)> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| cannot_start(command))?;
    let mut read = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        let mut buffer = [0; 8192];
        loop {
            let length = stdout.read(&mut buffer)?;
            if length == 0 {
                break;
            }
            let mut terminal = std::io::stdout().lock();
            terminal.write_all(&buffer[..length])?;
            terminal.flush()?;
            read.extend_from_slice(&buffer[..length]);
        }
    }
    let status = child.wait()?;
    let outcome = if status.success() {
        Ok(())
    } else {
        Err(anyhow::anyhow!("`{}` failed ({status})", line(command)))
    };
    Ok((String::from_utf8_lossy(&read).into_owned(), outcome))
}

/// Runs a program whose output the user sees, and ends it when it takes longer
/// than `limit`, which is an error too.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command.spawn().with_context(|| cannot_start(command))?;
    match wait_within(&mut child, limit)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("`{}` failed ({status})", line(command)),
        None => {
            child.kill()?;
            child.wait()?;
            bail!("`{}` took over {} s", line(command), limit.as_secs())
        }
    }
}

/// Waits until a program ends, or the limit has passed.
fn wait_within(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        match child.try_wait()? {
            None if start.elapsed() < limit => sleep(Duration::from_millis(20)),
            status => return Ok(status),
        }
    }
}

/// A program that runs beside the others, its output kept in a file. Dropped
/// before it has finished, it is ended.
pub(crate) struct Background {
    child: Child,
    line: String,
    log: PathBuf,
}

impl Background {
    /// Starts the program.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let create = || {
            if let Some(folder) = log.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let file = File::create(log)?;
            Ok::<_, std::io::Error>((file.try_clone()?, file))
        };
        let (stdout, stderr) =
            create().with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .with_context(|| cannot_start(command))?;
        Ok(Self { child, line: line(command), log: log.to_owned() })
    }

    /// Waits for a moment: a build that has nothing to do is over by then, and
    /// another does not have to wait for cargo's lock and to say so.
    pub(crate) fn settle(&mut self) -> Result<()> {
        wait_within(&mut self.child, Duration::from_secs(1))?;
        Ok(())
    }

    /// Waits until the program ends. What it printed is shown if it failed.
    pub(crate) fn finish(mut self) -> Result<()> {
        let status = self.child.wait()?;
        if !status.success() {
            eprint!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
            bail!("`{}` failed ({status}): its output is above", self.line);
        }
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // Nobody waits for its result any more, nor for its end.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The command as one would type it, with the program's name alone.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut line = name.to_string_lossy().into_owned();
    for argument in command.get_args() {
        let _ = write!(line, " {}", argument.to_string_lossy());
    }
    line
}

fn cannot_start(command: &Command) -> String {
    format!(
        "cannot start {}: is it installed, and in the PATH?",
        command.get_program().to_string_lossy()
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failure_names_the_command_and_its_exit_code() {
        let error = run(&mut shell("exit 3")).unwrap_err().to_string();
        assert!(error.contains("`sh -c exit 3` failed"), "{error}");
        assert!(error.contains('3'), "{error}");
        let error = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.to_string().contains("no-such-program"), "{error:#}");
    }

    #[test]
    fn output_is_handed_back_whether_it_succeeds_or_not() {
        assert_eq!(output(&mut shell("echo one")).unwrap(), "one");
        assert!(output(&mut shell("echo one; exit 1")).is_err());
        let (read, outcome) = run_and_read(&mut shell("echo two; exit 1")).unwrap();
        assert_eq!(read, "two\n");
        assert!(outcome.is_err());
    }

    #[test]
    fn a_program_over_its_limit_is_ended() {
        let error = run_within(shell("exec sleep 600").arg(""), Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("took over 0 s"), "{error}");
        run_within(&mut shell("exit 0"), Duration::from_secs(600)).unwrap();
    }

    #[test]
    fn a_program_beside_the_others_keeps_its_output_in_a_file() {
        let log = std::env::temp_dir().join(format!("xtask-log-{}", std::process::id()));
        Background::start(&mut shell("echo kept; exit 0"), &log).unwrap().finish().unwrap();
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "kept\n");
        let failing = Background::start(&mut shell("exit 4"), &log).unwrap();
        let error = failing.finish().unwrap_err().to_string();
        assert!(error.contains("`sh -c exit 4` failed"), "{error}");
        std::fs::remove_file(&log).unwrap();
    }
}
