export { readLines } from './read-lines.ts'
export { readJson } from './read-json.ts'
export { householdGames, readHouseholdGames, type NamedGame } from './read-household-games.ts'
