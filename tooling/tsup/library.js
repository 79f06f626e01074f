import { rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'
import { defineConfig } from 'tsup'

/**
 * Every package builds alike: ESM and declarations from `src` into `dist`, one entry an export.
 *
 * @param {string[]} entry
 * @param {string[]} external imports that stay as they are, besides dependencies
 */
export const library = (entry, external = []) => {
  const files = Object.fromEntries(
    entry.map((file) => [file.replace(/^src\//, '').replace(/\.ts$/, ''), `./${file}`]),
  )
  return defineConfig({
    entry: files,
    external,
    format: 'esm',
    target: 'es2022',
    plugins: [declarations(files)],
    sourcemap: true,
    clean: true,
  })
}

/**
 * `isolatedDeclarations` lets each file's declarations be written from that file alone: no type is
 * inferred here, and a package builds in a second. Types are checked once, for the whole repository.
 *
 * @param {Record<string, string>} input entry of `dist` to source
 */
const declarations = (input) => ({
  name: 'declarations',
  async buildEnd() {
    const bundle = await rolldown({
      input,
      // Only what lies in the package itself is bundled.
      external: /^[^./]/,
      plugins: [dts({ oxc: true, emitDtsOnly: true, tsconfig: false })],
    })
    await bundle.write({ dir: 'dist' })
    await bundle.close()
  },
})
