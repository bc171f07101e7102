# BiCopSelect of R's VineCopula for every cell, with and without pre-selection, and the fit of every family by itself.
# Usage: Rscript vinecopula.R pairs.csv folder; the first has columns cell, x, y (raw values).
# Gives folder/preselect.csv, folder/all_families.csv (cell and what `columns` names) and folder/per_family.csv.
library(VineCopula)
arguments <- commandArgs(trailingOnly = TRUE)
pairs <- read.csv(arguments[1])
ranks <- function(x) rank(x, ties.method = "average") / (length(x) + 1)
described <- function(fit) {
  c(fit$family, fit$par, fit$par2, fit$logLik, fit$AIC, fit$tau, fit$taildep$lower, fit$taildep$upper)
}
of_sign <- function(tau) {
  positive <- c(1:10, 13, 14, 16:20, 104, 114, 204, 214)
  negative <- c(1, 2, 5, 23, 24, 26:30, 33, 34, 36:40, 124, 134, 224, 234)
  if (tau > 0) positive else negative
}
columns <- c("cell", "family", "par", "par2", "logLik", "AIC", "tau", "lambdaL", "lambdaU")
tables <- list(preselect = NULL, all_families = NULL, per_family = NULL)
for (cell in unique(pairs$cell)) {
  mine <- pairs[pairs$cell == cell, ]
  u <- ranks(mine$x)
  v <- ranks(mine$y)
  for (presel in c(TRUE, FALSE)) {
    name <- if (presel) "preselect" else "all_families"
    fit <- BiCopSelect(u, v, familyset = NA, selectioncrit = "AIC", presel = presel)
    tables[[name]] <- rbind(tables[[name]], c(cell, described(fit)))
  }
  for (family in of_sign(cor(u, v, method = "kendall"))) {
    fit <- BiCopEst(u, v, family = family, method = "mle")
    tables$per_family <- rbind(tables$per_family, c(cell, described(fit)))
  }
}
for (name in names(tables)) {
  colnames(tables[[name]]) <- columns
  path <- file.path(arguments[2], paste0(name, ".csv"))
  write.csv(format(as.data.frame(tables[[name]]), digits = 17), path, row.names = FALSE, quote = FALSE)
}
