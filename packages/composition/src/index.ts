export { type AdminOpening, type OpenAdmin, openAdmin } from './admin.ts';
export { openParts, type Parts, type PartsConfig, type PartsOptions } from './parts.ts';
export { openStoreAndBus, type StoreAndBusConfig, type StoreAndBusOptions } from './store-and-bus.ts';
