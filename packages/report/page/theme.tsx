import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'

type Theme = 'system' | 'light' | 'dark'

export interface ThemeState {
  readonly theme: Theme
  readonly setTheme: (theme: Theme) => void
  /** What is shown: `light` or `dark`. */
  readonly shown: string
}

/** The reader's choice of light or dark; default: the system's. */
export function useTheme(): ThemeState {
  const [theme, setTheme] = useState<Theme>('system')
  const [isSystemDark, setSystemDark] = useState(
    () => matchMedia('(prefers-color-scheme: dark)').matches,
  )
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const follow = (): void => setSystemDark(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  const shown = theme === 'system' ? (isSystemDark ? 'dark' : 'light') : theme
  // Set while rendering, not after: charts resolve their colors as soon as they are drawn.
  document.documentElement.style.colorScheme = shown
  return { theme, setTheme, shown }
}

/** Switches between light and dark. */
export function ThemeChoice({ shown, setTheme }: ThemeState): VNode {
  const other = shown === 'dark' ? 'light' : 'dark'
  return (
    <button
      type="button"
      class="theme"
      onClick={() => setTheme(other)}
      aria-label={`Switch to ${other} colors`}
    >
      {shown === 'dark' ? '☀' : '☾'}
    </button>
  )
}
