# crmkit in a container: built from this folder, run as a user without rights, data in /data.

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
COPY skills skills
COPY server.json ./
RUN node scripts/build.js

FROM node:24-slim
# Node 24 has SQLite inside, so that the bundle alone is needed.
COPY --from=build /build/dist/main.js /build/dist/LICENCES.txt /app/
COPY --from=build /build/dist/parts /app/parts
RUN echo '{"type":"module"}' > /app/package.json \
  && printf '#!/bin/sh\nexec node /app/main.js "$@"\n' > /usr/local/bin/crmkit && chmod +x /usr/local/bin/crmkit \
  && mkdir /data && chown node:node /data && chmod 700 /data
USER node
ENV NODE_ENV=production CRMKIT_DATA_DIR=/data CRMKIT_HOST=0.0.0.0 CRMKIT_PORT=8787
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8787/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["crmkit"]
CMD ["serve"]
