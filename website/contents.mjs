// What the site holds and in which order: sections of its sidebar, each a title and its pages. A page
// is a file of the repository; its title in the sidebar is its first heading, unless one is given.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/** Folders of `parent` that have a README. */
const readmes = (parent) =>
  readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}/README.md`)
    .filter((path) => existsSync(join(root, path)))

/** Pages of a folder of docs in the order of their names. */
const folder = (path) =>
  readdirSync(join(root, path))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `${path}/${name}`)

export const home = 'docs/index.md'

export const sections = [
  { title: 'Start', pages: ['docs/start.md', 'docs/train-in-this-page.md'] },
  {
    title: 'Concepts',
    pages: [
      'docs/concepts/session.md',
      'docs/concepts/two-prompts.md',
      'docs/concepts/weights.md',
      'docs/concepts/advantages.md',
      'docs/concepts/roles.md',
      'docs/concepts/masks-and-filters.md',
      'docs/concepts/exactness.md',
      'docs/concepts/counted-randomness.md',
      'docs/concepts/ledger.md',
      'docs/concepts/programs.md',
      'docs/concepts/engines.md',
      'docs/glossary.md',
    ],
  },
  {
    title: 'Guides',
    pages: [
      'examples/your-own-task/README.md',
      'docs/your-own-environment.md',
      'docs/your-own-reward.md',
      'docs/train-the-agent-you-have.md',
      'docs/segments.md',
      'docs/your-own-method.md',
      'docs/add-an-algorithm.md',
      'docs/evaluating-critics.md',
      'docs/reading-a-run.md',
      'docs/real-models.md',
      'docs/run-on-a-gpu.md',
      'docs/papers-experiments.md',
      'docs/scale-out.md',
      'docs/openenv.md',
      'docs/one-package-alone.md',
      'docs/publish-a-model.md',
    ],
  },
  {
    title: 'Methods and results',
    pages: [
      'docs/which-method.md',
      'docs/methods.md',
      'docs/results.md',
      'docs/results-pretrained.md',
    ],
  },
  { title: 'A page for each method', pages: folder('docs/methods'), collapsed: true },
  {
    title: 'Reference',
    pages: [
      'docs/configuration.md',
      'docs/metrics.md',
      'docs/errors.md',
      'docs/determinism.md',
      'docs/performance.md',
      'docs/platforms.md',
      'SECURITY.md',
      'docs/gateway-security.md',
      'docs/architecture.md',
      'docs/compared.md',
      'docs/coming-from-trl.md',
      'docs/changelog.md',
      'CONTRIBUTING.md',
    ],
  },
  { title: 'Error codes', pages: folder('docs/errors'), collapsed: true },
  {
    title: 'Examples',
    pages: ['examples/README.md', ...readmes('examples')],
    collapsed: true,
  },
  { title: 'Packages', pages: readmes('packages'), collapsed: true },
]
