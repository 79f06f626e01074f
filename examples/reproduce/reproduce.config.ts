import type { Reproduction } from 'icrl'
import { reproduce } from './src/reproduce.ts'
import { SCALES } from './src/scales.ts'
import { STUDIES } from './src/studies.ts'

const reproduction: Reproduction = {
  studies: Object.fromEntries(Object.entries(STUDIES).map(([name, { title }]) => [name, title])),
  scales: Object.fromEntries(Object.entries(SCALES).map(([name, { title }]) => [name, title])),
  run: reproduce,
}

export default reproduction
