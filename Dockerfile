# One file for every image of Carillon, by target: chat-service, broadcast-sse, worker, hello-bot, nginx, setup, tests and
# development. The services share all layers but the last.

# What makes JavaScript runs on the builder's own processor, whichever the image is for: it is the same for all.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS manifests
WORKDIR /app
COPY . .
# Only what npm reads: so a change of a source does not install anew.
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=manifests /app .
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --no-audit --no-fund

FROM dependencies AS build
COPY . .
RUN npm run build --silent

# What the services load, and nothing else: their dependencies, and of each workspace what was built. What is optional has a part
# for one processor, and does nothing that JavaScript does not.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS production
WORKDIR /app
COPY --from=manifests /app .
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --no-audit --no-fund \
    --workspace=chat-service --workspace=broadcast-sse --workspace=worker --workspace=hello-bot
WORKDIR /built
RUN --mount=type=bind,from=build,source=/app,target=/built \
    for dist in packages/*/dist; do cp -r "$dist" "/app/$dist"; done && find /app -name '*.d.ts' -delete

FROM gcr.io/distroless/nodejs24-debian12:nonroot AS service
WORKDIR /app
ENV NODE_ENV=production
COPY --from=production /app/package.json ./
COPY --from=production /app/node_modules ./node_modules
COPY --from=production /app/packages ./packages

FROM service AS chat-service
COPY --from=build /app/chat-service/package.json ./chat-service/
COPY --from=build /app/chat-service/dist ./chat-service/dist
EXPOSE 8081 9081
CMD ["chat-service/dist/main.js"]

FROM service AS broadcast-sse
COPY --from=build /app/broadcast-sse/package.json ./broadcast-sse/
COPY --from=build /app/broadcast-sse/dist ./broadcast-sse/dist
EXPOSE 8082 9082
CMD ["broadcast-sse/dist/main.js"]

FROM service AS worker
COPY --from=build /app/worker/package.json ./worker/
COPY --from=build /app/worker/dist ./worker/dist
EXPOSE 9083
CMD ["worker/dist/main.js"]

FROM service AS hello-bot
COPY --from=build /app/hello-bot/package.json ./hello-bot/
COPY --from=build /app/hello-bot/dist ./hello-bot/dist
CMD ["hello-bot/dist/main.js"]

# The proxy, with the page in it.
FROM nginx:1.30.4 AS nginx
COPY nginx /nginx
COPY --from=build /app/client/page/dist /page
ENV PAGE=/page
# As in the official image; ports above 1024.
USER 101
EXPOSE 8080 8443
ENTRYPOINT ["/nginx/start"]
CMD []

# Runs once: makes the secrets and certificates of a deployment.
FROM node:24-bookworm-slim AS setup
# hadolint ignore=DL3008 # Debian keeps only the newest of a release, and that is the one to have
RUN apt-get update && apt-get install --yes --no-install-recommends mosquitto openssl && rm -rf /var/lib/apt/lists/*
COPY deploy /deploy
ENTRYPOINT ["/deploy/setup/setup"]
CMD []

# For compose.dev.yaml: runs a service from its sources, and again at each change.
FROM dependencies AS development
COPY . .
# As the services: their secrets are readable by this user alone.
USER 65532:65532
ENTRYPOINT ["node_modules/.bin/tsx", "watch", "--conditions=carillon-source"]

FROM apache/kafka:4.4.0 AS kafka

# `docker compose run --rm tests`: the whole suite, with every server that it starts.
FROM node:24-bookworm AS tests
WORKDIR /app
COPY .ci/install-servers .ci/
RUN .ci/install-servers && rm -rf /var/lib/apt/lists/*
# The broker that the tests start. Of another version than theirs, they would ask Maven for it.
COPY --from=kafka /opt/kafka/libs /root/.cache/carillon-kafka/4.4.0
COPY tests/servers/install-kafka tests/servers/
COPY tests/servers/kafka tests/servers/kafka
RUN tests/servers/install-kafka
COPY --from=dependencies /app .
COPY . .
RUN npm run build --silent
ENV CI=true
CMD ["npm", "test"]
