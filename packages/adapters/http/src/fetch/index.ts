export { cachedHandler, type FetchHandler } from './handler.ts'
export { fetchRequest, requestSeenAs } from './request.ts'
export { drained, fieldsOf, recorded, responseOf } from './response.ts'
