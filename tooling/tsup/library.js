import { defineConfig } from 'tsup'

/**
 * Every package builds alike: ESM and declarations from `src` into `dist`, one entry an export.
 *
 * @param {string[]} entry
 * @param {string[]} external imports that stay as they are, besides dependencies
 */
export const library = (entry, external = []) =>
  defineConfig({
    entry: Object.fromEntries(
      entry.map((file) => [file.replace(/^src\//, '').replace(/\.ts$/, ''), file]),
    ),
    external,
    format: 'esm',
    target: 'es2022',
    dts: {
      compilerOptions: { ignoreDeprecations: '6.0', declaration: true, isolatedDeclarations: true },
    },
    sourcemap: true,
    clean: true,
  })
