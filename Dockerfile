# The image of the operator and of its task Pods. Build: `docker build -t <where you push it> .` (podman and buildah take it as well).
#
# NODE_IMAGE may be any Debian-like image with Node.js 26.10, npm, coreutils and util-linux. The digest pins one build of it for all
# platforms; compare it with what your registry shows before you move it.
ARG NODE_IMAGE=docker.io/library/node:26.10.0-trixie-slim@sha256:ec7758ee051e457b468b32bde57b0879010b325bb9862718e9615225ce4aaae1

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# As scripts/bootstrap.sh does, and no script of a package runs: nothing that is needed here has to be compiled. A registry of your
# own comes as the secret `npmrc`, which is left in no layer: `docker build --secret id=npmrc,src=$HOME/.npmrc .`; a certificate
# authority of your own as the secret `npm-ca`, which that file names: `cafile=/run/secrets/npm-ca`.
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=npm-ca --mount=type=cache,target=/root/.npm \
    npm install --userconfig=/run/secrets/npmrc --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
COPY scripts/build.ts ./scripts/
COPY scripts/build ./scripts/build
COPY src ./src
RUN node scripts/build.ts

# What runs, and no shell, package manager or other program that somebody who breaks in could use.
FROM ${NODE_IMAGE} AS image
RUN set -eu; \
    mkdir -p /image/nodejs/bin /image/usr/sbin /image/usr/bin /image/etc /image/tmp /image/app; \
    chmod 1777 /image/tmp; \
    cp -L "$(command -v node)" /image/nodejs/bin/node; \
    # Task Pods on Container-Optimized OS run the host's own programs in its root or its namespaces.
    cp -L /usr/sbin/chroot /image/usr/sbin/chroot; \
    cp -L /usr/bin/nsenter /image/usr/bin/nsenter; \
    for program in nodejs/bin/node usr/sbin/chroot usr/bin/nsenter; do ldd "/image/$program" >> /tmp/linked; done; \
    grep -o '/[^ ]*\.so[^ ]*' /tmp/linked | sort -u > /tmp/libraries; \
    while read -r library; do cp -L --parents "$library" /image; done < /tmp/libraries; \
    printf 'root:x:0:0:root:/:/sbin/nologin\noperator:x:65532:65532:operator:/app:/sbin/nologin\n' > /image/etc/passwd; \
    printf 'root:x:0:\noperator:x:65532:\n' > /image/etc/group; \
    # Without it Node has to find out which kind of module the programs are.
    printf '{"type":"module"}\n' > /image/app/package.json
COPY --from=build /src/dist/operator.js /src/dist/node-task.js /src/dist/release.js /image/app/
# A library that was forgotten shows here, not in a cluster.
RUN chroot /image /nodejs/bin/node -e 'process.exit(0)' && chroot /image /usr/sbin/chroot --version > /dev/null

FROM scratch
COPY --from=image /image/ /
ENV NODE_ENV=production
WORKDIR /app
USER 65532:65532
LABEL org.opencontainers.image.title="container-os-operator" \
      org.opencontainers.image.description="Rolls operating-system upgrades over Kubernetes nodes that run Bottlerocket or Container-Optimized OS" \
      org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/nodejs/bin/node"]
CMD ["/app/operator.js"]
