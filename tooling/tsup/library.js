import { defineConfig } from 'tsup'

/**
 * Every package builds alike: ESM and declarations from `src` into `dist`, one entry an export.
 *
 * @param {string[]} entry
 */
export const library = (entry) =>
  defineConfig({
    entry: Object.fromEntries(
      entry.map((file) => [file.replace(/^src\//, '').replace(/\.ts$/, ''), file]),
    ),
    format: 'esm',
    target: 'es2022',
    dts: {
      compilerOptions: { ignoreDeprecations: '6.0', declaration: true, isolatedDeclarations: true },
    },
    sourcemap: true,
    clean: true,
  })
