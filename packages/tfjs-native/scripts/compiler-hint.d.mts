/** The command that installs a C++ compiler, or undefined where the system is not known. */
export declare function compilerHint(system?: {
  readonly platform?: string
  /** Text of /etc/os-release. */
  readonly osRelease?: string
}): string | undefined
