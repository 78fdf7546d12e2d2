
# ---- Uninstall ----------------------------------------------------------------------------------------------------------------

# Removes the files that install.ps1 copied, and the folder when nothing else is in it.
function Uninstall-Program {
    $Target = $Run.Release.locations.version
    foreach ($Name in @($Run.Release.files) + 'uninstall.ps1', 'service.json') {
        $Path = Join-Path $Target $Name
        if (Test-Path -LiteralPath $Path) {
            Remove-Path $Path
            Add-Change "file $Path removed"
        }
    }
    if ((Test-Path -LiteralPath $Target) -and @(Get-ChildItem -LiteralPath $Target -Force).Count -eq 0) {
        try {
            Remove-Path $Target 3000
            Add-Change "directory $Target removed"
        }
        # The current directory of a console cannot be removed.
        catch { Add-Warning "directory $Target stays, because it is in use: $($_.Exception.Message)" }
    }
}

function Uninstall-Directory {
    param([object] $Unit)
    foreach ($Directory in $Unit.Instance.config, $Unit.Instance.data, $Unit.Instance.log) {
        if (-not (Test-Path -LiteralPath $Directory.path)) { continue }
        Invoke-Work $Directory.path 'remove the directory with all that is in it' {
            Remove-Path $Directory.path
            Add-Change "directory $($Directory.path) removed"
        }
    }
    $Root = Expand-DeployPath $Run.Release.locations.data.path
    if ((Test-Path -LiteralPath $Root) -and @(Get-ChildItem -LiteralPath $Root -Force).Count -eq 0) {
        Remove-Path $Root
        Add-Change "directory $Root removed"
    }
}

Invoke-Whole {
    $Units = @(Get-Unit)
    Assert-Ours $Units
    foreach ($Unit in $Units) {
        Read-InstalledPlace $Unit
        foreach ($Name in @($Unit.Instance.service_name) + @(Get-FormerName $Unit | Where-Object { @(Get-ProgramService) -contains $_ })) {
            Invoke-Work $Name 'delete the service' { Remove-Instance $Name (Get-StopTimeout $Name) }
        }
        if ($Purge) { Uninstall-Directory $Unit }
    }
    # Another instance may still use the program's files.
    $Others = @(Get-ProgramService)
    if ($Others.Count -gt 0 -and -not $WhatIfPreference) {
        Write-Line "the program stays for $($Others -join ', ')"
        return
    }
    foreach ($Unit in $Units) { Invoke-Work $Unit.Service.event_source 'remove the event source' { Remove-EventSource $Unit.Service.event_source } }
    Invoke-Work $Run.Release.locations.version 'remove the program' { Uninstall-Program }
}
