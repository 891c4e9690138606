#!/bin/bash
set -euo pipefail
exec curl -fsS "$QUEUE_URL"
