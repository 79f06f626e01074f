export {
  localEnvironment,
  unknownTask,
  type LocalEnvironmentOptions,
  type LocalPlay,
} from './local-environment.ts'
export {
  playEnvironment,
  type PlayEnvironmentOptions,
  type PlayResult,
} from './play-environment.ts'
export { findTaggedAction, parseTaggedAction, type TaggedAction } from './parse-tagged-action.ts'
export { household, type HouseholdOptions } from './household/household.ts'
export {
  generatedGames,
  listedGames,
  type GenerateGamesOptions,
  type HouseholdGames,
} from './household/household-games.ts'
export { toHouseholdGame, type HouseholdGame } from './household/household-game.ts'
export { compileGame, type CompiledGame } from './household/compile-game.ts'
export { playGame, type HouseholdPlay, type HouseholdTurn } from './household/play-game.ts'
export { solveGame } from './household/solve-game.ts'
export { generateWorld, type GenerateWorldOptions } from './household/generate-world.ts'
export {
  householdTasks,
  type HouseholdGoal,
  type HouseholdTask,
  type HouseholdWorld,
  type WorldObject,
  type WorldReceptacle,
} from './household/household-world.ts'
export { goalSentence, writeGame } from './household/write-game.ts'
export { recordGame } from './household/record-household.ts'
export {
  checkHousehold,
  formatHouseholdCheck,
  type HouseholdCheck,
  type HouseholdDifference,
} from './household/check-household.ts'
export {
  encodeRows,
  decodeRows,
  type EncodedRow,
  type RecordedGame,
  type Row,
  type Transcript,
} from './household/transcript.ts'
export { textcraft, textcraftObservation, type TextcraftOptions } from './textcraft/textcraft.ts'
export {
  craftingTree,
  type CraftingRecipe,
  type CraftingTree,
  type Ingredient,
} from './textcraft/crafting-tree.ts'
export { readRecipes } from './textcraft/read-recipes.ts'
export { generateRecipes, type GenerateRecipesOptions } from './textcraft/generate-recipes.ts'
export { stepTextcraft, type Inventory } from './textcraft/play-textcraft.ts'
export { solveTextcraft } from './textcraft/solve-textcraft.ts'
export { wordle, type WordleOptions } from './wordle/wordle.ts'
export {
  solveWordle,
  stepWordle,
  wordleStart,
  wordsLeft,
  type WordleState,
} from './wordle/play-wordle.ts'
export { wordleWords } from './wordle/play-wordle.ts'
export { maze, type MazeOptions } from './maze/maze.ts'
export {
  describeCell,
  doubleT,
  solveMaze,
  stepMaze,
  type Cell,
  type MazeLayout,
  type MazeState,
} from './maze/play-maze.ts'
export { searchqa, type SearchqaOptions } from './searchqa/searchqa.ts'
export { scoreExact, stepSearchqa, type SearchqaRules } from './searchqa/play-searchqa.ts'
export { bm25Retriever, type Bm25Options } from './searchqa/bm25-retriever.ts'
export { formatPassages, parsePassage, type Passage } from './searchqa/passage.ts'
export {
  agentgymQuestion,
  parseSearchQuestion,
  type AgentgymQuestion,
  type SearchQuestion,
} from './searchqa/questions.ts'
export {
  generateCorpus,
  type GenerateCorpusOptions,
  type GeneratedQuestion,
} from './searchqa/generate-corpus.ts'
export type { RetrievedPassage, Retriever } from './searchqa/retriever.ts'
export { math, type MathOptions } from './math/math.ts'
export { parseMathProblem, type MathProblem } from './math/math-problem.ts'
export {
  generatedProblems,
  listedProblems,
  type GenerateProblemsOptions,
  type ProblemSource,
} from './math/problem-source.ts'
export { arithmetic, type ArithmeticOptions } from './math/arithmetic.ts'
export { modularChain, type ModularChainOptions } from './math/modular-chain.ts'
export { equations } from './math/equations.ts'
export {
  checkCountdown,
  countdown,
  countdownProblems,
  type CountdownOptions,
  type CountdownProblem,
} from './math/countdown.ts'
export { shop, type ShopOptions } from './shop/shop.ts'
export type { Catalog, Product, Wish } from './shop/product.ts'
export { readCatalog, type CatalogFiles } from './shop/read-catalog.ts'
export { generateCatalog, type GenerateCatalogOptions } from './shop/generate-catalog.ts'
export { shopGoals, type ShopGoal } from './shop/shop-goals.ts'
export { shopReward, titleScore, type ShopReward } from './shop/shop-reward.ts'
export { openShop, visitShop, type Shop, type ShopVisit } from './shop/play-shop.ts'
export { solveShop } from './shop/solve-shop.ts'
export type { ShopPlace } from './shop/shop-pages.ts'
