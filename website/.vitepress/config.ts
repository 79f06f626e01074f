import { defineConfig } from 'vitepress'
import { apiSidebars } from '../api.mjs'
import { sections } from '../contents.mjs'
import { drawDiagrams } from '../diagrams.mjs'
import { pageOf, titleOf } from '../gather.mjs'
import { labelCells } from '../label-cells.mjs'
import { setFormulas } from '../set-formulas.mjs'

const link = (file: string) => ({ text: titleOf(file), link: `/${pageOf(file)}` })

export default defineConfig({
  title: 'ICRL',
  description: 'Post-train language models by reinforcement learning with critique, in TypeScript.',
  lang: 'en',
  srcDir: 'pages',
  outDir: '../docs/site',
  cacheDir: '.cache',
  // A page that does not exist is an error of the build.
  ignoreDeadLinks: false,
  lastUpdated: false,
  // Names of all pages once, not in each of them.
  metaChunk: true,
  markdown: {
    math: true,
    // The plain ones have comments and keywords too faint for a block's background.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      drawDiagrams(md)
      labelCells(md)
      setFormulas(md)
    },
  },
  head: [['link', { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' }]],
  themeConfig: {
    logo: '/icon.svg',
    search: { provider: 'local' },
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: 'https://github.com/icrl-js/icrl' }],
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Concepts', link: '/concepts/session' },
      { text: 'Guides', link: '/examples/your-own-task' },
      { text: 'Methods', link: '/methods' },
      { text: 'Results', link: '/results' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: {
      ...apiSidebars(),
      '/': sections.map(({ title, pages, collapsed }) => ({
        text: title,
        items: pages.map(link),
        ...(collapsed === undefined ? {} : { collapsed }),
      })),
    },
  },
})
