//! A directory for as long as somebody needs it. Who was killed cannot tidy up: the next
//! one does.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use uuid::Uuid;
use watchtower_core::ports::log::LogError;

use super::fault::Fault;

/// Directories are called so, and a number nobody else has.
const PREFIX: &str = "watchtower-";
/// Held by whoever needs the directory.
const LOCK: &str = "in-use";

/// A directory of our own, removed when dropped.
pub(super) struct TemporaryDir {
    path: PathBuf,
    _held: File,
}

impl TemporaryDir {
    pub(super) fn create() -> Result<Self, LogError> {
        Self::create_in(&std::env::temp_dir())
    }

    fn create_in(parent: &Path) -> Result<Self, LogError> {
        sweep(parent);
        let path = parent.join(format!("{PREFIX}{}", Uuid::new_v4()));
        let held = hold(&path).map_err(|error| LogError::from(Fault::from(error).at(&path)))?;
        Ok(Self { path, _held: held })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a temporary directory stays behind");
        }
    }
}

/// Makes the directory and holds it. The lock has its name only once it is held: there is
/// no moment in which the directory is somebody's and looks like nobody's.
fn hold(path: &Path) -> io::Result<File> {
    DirBuilder::new().mode(0o700).create(path)?;
    let unnamed = path.join("new");
    let held = File::create_new(&unnamed)?;
    held.try_lock()?;
    fs::rename(unnamed, path.join(LOCK))?;
    Ok(held)
}

/// Removes what those left behind who were killed. What cannot be looked at is somebody
/// else's.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours =
            name.to_str().and_then(|name| Uuid::parse_str(name.strip_prefix(PREFIX)?).ok()).is_some();
        if is_ours
            && let Ok(lock) = File::open(entry.path().join(LOCK))
            && lock.try_lock().is_ok()
            && fs::remove_dir_all(entry.path()).is_ok()
        {
            tracing::info!(path = %entry.path().display(), "a temporary directory of nobody is gone");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_killed_leave_behind_goes_with_the_next_and_nothing_else_does() {
        let parent = tempfile::tempdir().unwrap();
        let alive = TemporaryDir::create_in(parent.path()).unwrap();
        let dead = TemporaryDir::create_in(parent.path()).unwrap();
        fs::write(dead.path().join("watchtower.db"), "of the dead").unwrap();
        let left = dead.path().to_owned();
        // As when it is killed: the lock goes, the directory does not.
        let dead = std::mem::ManuallyDrop::new(dead);
        dead._held.unlock().unwrap();
        let others = ["watchtower-yard", "watchtower-b4d7f6a0-0000-4000-8000-000000000000", "elsewhere"];
        for name in others {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        fs::write(parent.path().join("elsewhere").join(LOCK), "").unwrap();

        let next = TemporaryDir::create_in(parent.path()).unwrap();
        assert!(!left.exists());
        assert!(alive.path().exists() && next.path().exists());
        assert!(others.iter().all(|name| parent.path().join(name).exists()));
        let gone = alive.path().to_owned();
        drop(alive);
        assert!(!gone.exists());
    }
}
