export type { HttpApp, AppReply, AppRequest } from './app.ts'
export type { RunningServer } from '@icrl/serve'
export { serve, type ServeOptions } from './serve.ts'
export { alfworldApp, type AlfworldAppOptions } from './alfworld-app.ts'
export { textcraftApp, type TextcraftAppOptions } from './textcraft-app.ts'
export { lmrlgymApp, type LmrlgymAppOptions } from './lmrlgym-app.ts'
export { searchqaApp, type SearchqaAppOptions } from './searchqa-app.ts'
export { retrieverApp } from './retriever-app.ts'
export { webshopApp, type WebshopAppOptions } from './webshop-app.ts'
export {
  servedEnvironments,
  serveEnvironment,
  type ServeEnvironmentOptions,
} from './serve-environment.ts'
export { serveOpenenv, type ServeOpenenvOptions } from './openenv/serve-openenv.ts'
