export { decodeText } from './decode-text.ts'
export { readLines } from './read-lines.ts'
export { readJson } from './read-json.ts'
export { readMappedGames } from './read-mapped-games.ts'
export {
  householdGames,
  readHouseholdGameFile,
  readHouseholdGames,
  type NamedGame,
} from './read-household-games.ts'
export { readJsonLines, type JsonLine } from './read-json-lines.ts'
export { readRows } from './read-rows.ts'
export { readCorpus, readSearchQuestions } from './read-searchqa.ts'
export { readAgentgymTasks } from './read-agentgym-tasks.ts'
export { readMathProblems } from './read-math-problems.ts'
export { readCatalogFiles } from './read-catalog-files.ts'
