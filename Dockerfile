# Sluice and its examples; docker-compose.yml says what its containers run.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && chmod +x dist/flows/cli.js
# packages that executors or options need beside; without what only builds and tests need
ARG EXTRAS=''
RUN npm pkg delete devDependencies && npm install --save-prod --no-audit --no-fund $EXTRAS

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY examples examples
RUN ln -s /app/dist/flows/cli.js /usr/local/bin/sluice
USER node
CMD ["sluice", "--help"]
