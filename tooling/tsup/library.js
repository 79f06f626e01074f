import { rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'
import { defineConfig } from 'tsup'

/**
 * Every package builds alike: ESM and declarations from `src` into `dist`, one entry an export.
 *
 * @param {string[]} entry
 * @param {string[]} external imports that stay as they are, besides dependencies
 * @param {string[]} globals packages whose global types the declarations of a dependency use without
 *   naming them, such as `long` for those of TensorFlow.js
 */
export const library = (entry, external = [], globals = []) => {
  const files = Object.fromEntries(
    entry.map((file) => [file.replace(/^src\//, '').replace(/\.ts$/, ''), `./${file}`]),
  )
  return defineConfig({
    entry: files,
    external,
    format: 'esm',
    target: 'es2022',
    plugins: [declarations(files, globals)],
    sourcemap: true,
    clean: true,
  })
}

/**
 * `isolatedDeclarations` lets each file's declarations be written from that file alone: no type is
 * inferred here, and a package builds in a second. Types are checked once, for the whole repository.
 *
 * @param {Record<string, string>} input entry of `dist` to source
 * @param {string[]} globals packages of global types that every entry refers to
 */
const declarations = (input, globals) => ({
  name: 'declarations',
  async buildEnd() {
    const bundle = await rolldown({
      input,
      // Only what lies in the package itself is bundled.
      external: /^[^./]/,
      plugins: [dts({ oxc: true, emitDtsOnly: true, tsconfig: false })],
    })
    const banner = globals.map((name) => `/// <reference types="${name}" />`).join('\n')
    await bundle.write({ dir: 'dist', banner })
    await bundle.close()
  },
})
