// How to install a C++ compiler on this machine.
import { existsSync, readFileSync } from 'node:fs'

/** By ID of os-release(5). Derived systems name these in ID_LIKE. */
const LINUX = {
  debian: 'apt-get install g++',
  ubuntu: 'apt-get install g++',
  fedora: 'dnf install gcc-c++',
  rhel: 'dnf install gcc-c++',
  centos: 'dnf install gcc-c++',
  amzn: 'dnf install gcc-c++',
  suse: 'zypper install gcc-c++',
  opensuse: 'zypper install gcc-c++',
  arch: 'pacman -S gcc',
  alpine: 'apk add g++',
  void: 'xbps-install gcc',
  nixos: 'nix-shell -p gcc',
}
const OTHERS = {
  darwin: 'xcode-select --install',
  win32: 'winget install BrechtSanders.WinLibs.POSIX.UCRT',
  freebsd: 'pkg install gcc',
}

/**
 * The command that installs a C++ compiler, or undefined where the system is not known. `osRelease`
 * is the text of /etc/os-release.
 */
export function compilerHint({ platform = process.platform, osRelease = readOsRelease() } = {}) {
  if (platform !== 'linux') return OTHERS[platform]
  const { ID = '', ID_LIKE = '' } = parseOsRelease(osRelease)
  const known = [ID, ...ID_LIKE.split(/\s+/)].find((name) => Object.hasOwn(LINUX, name))
  return known && LINUX[known]
}

function readOsRelease() {
  const file = ['/etc/os-release', '/usr/lib/os-release'].find((path) => existsSync(path))
  return file ? readFileSync(file, 'utf8') : ''
}

/** Assignments as a shell reads them: bare, or in single or double quotes. */
function parseOsRelease(text) {
  const lines = text.matchAll(/^\s*([A-Z_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))\s*$/gm)
  return Object.fromEntries(
    [...lines].map(([, key, double, single, bare]) => [
      key,
      double?.replace(/\\(.)/g, '$1') ?? single ?? bare,
    ]),
  )
}
