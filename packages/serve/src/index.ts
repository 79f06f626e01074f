export { isLoopback } from './is-loopback.ts'
export {
  listen,
  type Handler,
  type ListenOptions,
  type RunningServer,
  type SocketServer,
} from './listen.ts'
export { isToken, newToken, tokenOf } from './tokens.ts'
