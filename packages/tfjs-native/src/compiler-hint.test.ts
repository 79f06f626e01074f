import { describe, expect, it } from 'vitest'
import { compilerHint } from '../scripts/compiler-hint.mjs'

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n'
const MINT = 'NAME="Linux Mint"\n# a comment\nID=linuxmint\nID_LIKE="ubuntu debian"\n'
const ROCKY = 'NAME="Rocky Linux"\nVERSION="9.4"\nID="rocky"\nID_LIKE="rhel centos fedora"\n'
const LEAP = "NAME='openSUSE Leap'\nID='opensuse-leap'\nID_LIKE='suse opensuse'\n"
const OF_ITS_OWN = 'NAME="Debian without its ID"\nVARIANT_ID=debian\nID=other\nID_LIKE=else\n'

describe('compilerHint', () => {
  it.each<[string, string, string | undefined]>([
    ['Debian', DEBIAN, 'apt-get install g++'],
    ['Debian with Windows line ends', DEBIAN.replaceAll('\n', '\r\n'), 'apt-get install g++'],
    ['a system like Ubuntu', MINT, 'apt-get install g++'],
    ['Fedora', 'ID=fedora\n', 'dnf install gcc-c++'],
    ['a system like RHEL, in quotes', ROCKY, 'dnf install gcc-c++'],
    ['a system like SUSE, in single quotes', LEAP, 'zypper install gcc-c++'],
    ['Arch', 'ID=arch', 'pacman -S gcc'],
    ['a system like Arch', 'ID=manjaro\nID_LIKE=arch\n', 'pacman -S gcc'],
    ['Alpine', 'NAME="Alpine Linux"\nID=alpine\n', 'apk add g++'],
    ['a system that is like none', OF_ITS_OWN, undefined],
    ['a system called as a property of every object', 'ID=constructor\n', undefined],
    ['no file', '', undefined],
  ])('names the package of %s', (_, osRelease, hint) => {
    expect(compilerHint({ platform: 'linux', osRelease })).toBe(hint)
  })

  it.each([
    ['darwin', 'xcode-select --install'],
    ['win32', 'winget install BrechtSanders.WinLibs.POSIX.UCRT'],
    ['freebsd', 'pkg install gcc'],
    ['sunos', undefined],
  ])('names the command of %s', (platform, hint) => {
    expect(compilerHint({ platform, osRelease: DEBIAN })).toBe(hint)
  })
})
