#!/usr/bin/env node
// In a checkout the sources run as they are (an old build would run old code); an installed package
// has only its build.
import { existsSync } from 'node:fs'
import { register } from 'node:module'

const source = new URL('../src/main.ts', import.meta.url)
if (existsSync(source)) {
  const { register: registerTypeScript } = await import('tsx/esm/api')
  registerTypeScript()
  register('./resolve-sources.js', import.meta.url)
  await import(source.href)
} else {
  await import(new URL('../dist/main.js', import.meta.url).href)
}
