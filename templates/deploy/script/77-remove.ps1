
# ---- Removal ------------------------------------------------------------------------------------------------------------------

# Time that removal waits for a file in use: what stays is removed by a later run.
$RemovalPatienceMs = 5000

# The services whose executable is below a folder.
function Get-ServiceBelow {
    param([string] $Folder)
    $Record = Read-Record
    foreach ($Name in @(if ($Record) { $Record.services })) {
        $Image = "$(Get-KeyValue (Get-ServiceKey $Name) 'ImagePath')".TrimStart('"')
        if ($Image.StartsWith("$Folder\", [StringComparison]::OrdinalIgnoreCase)) { $Name }
    }
}

# Versions beyond those that the release keeps; the current one, the previous one and what a service still runs always stay.
function Remove-OldVersion {
    param([object] $Release)
    $Record = Read-Record
    $Keep = @($Record.current.version)
    $More = $Release.rollout.keep_versions
    if ($Record.previous) {
        $Keep += $Record.previous.version
        $More--
    }
    $Folders = @(Get-ChildItem -LiteralPath (Join-Path (Get-StateFolder) 'releases') -Directory | Sort-Object -Property LastWriteTimeUtc -Descending)
    $Kept = 0
    foreach ($Folder in $Folders) {
        $Path = Join-Path $Folder.FullName 'deployment.json'
        if (-not (Test-Path -LiteralPath $Path)) { continue }
        $Version = (Read-JsonFile $Path).product.version
        if ($Keep -contains $Version) { continue }
        $Kept++
        if ($Kept -le $More) { continue }
        $Old = Get-Release $Version
        $Programs = Expand-DeployPath $Old.locations.version
        # A package has one place for all versions.
        if ($Old.mode -ne 'msi') {
            if (@(Get-ServiceBelow $Programs).Count -gt 0) { continue }
            Remove-Path $Programs $RemovalPatienceMs
        }
        Remove-Path (Get-ReleaseFolder $Version) $RemovalPatienceMs
        Add-Change "version $Version removed"
    }
}

# Takes away what a version put in front; of a version that is followed by another one, only what that one has not.
function Remove-FormerFront {
    param([object] $Release, [string] $Follower)
    if (-not $Follower) {
        Remove-Front $Release
        return
    }
    $Kinds = Get-FrontDifference $Release (Get-Release $Follower)
    if ($Kinds.iis) { Remove-IisFront $Release }
    if ($Kinds.nginx) { Remove-NginxFront $Release }
}

# The folders of the services: those of the release and those that are noted.
function Get-ServiceFolder {
    param([object] $Release)
    $Folders = @((Get-Claim $Release '').folders)
    $Record = Read-Record
    if ($Record) { $Folders += @($Record.folders) }
    $Note = Read-StateFile (Get-KeptPath)
    if ($Note) { $Folders += @($Note.folders) }
    return @($Folders | Sort-Object -Unique)
}

# The folders that an Uninstall has left, for a later Uninstall -Purge.
function Get-KeptPath { return Join-Path (Get-StateFolder) 'kept.json' }

# Program and state directories; configuration and data only when purged, and what stays is listed.
function Remove-ProductFile {
    param([object] $Release, [bool] $All)
    $Data = Expand-DeployPath $Release.locations.data.path
    $Folders = @(Get-ServiceFolder $Release)
    $Paths = @(Expand-DeployPath $Release.locations.program)
    if ($All) { $Paths += $Folders }
    else {
        foreach ($Unit in Get-Instance $Release) {
            $Paths += Expand-DeployPath $Unit.Instance.log.path
            foreach ($File in @($Unit.Service.config | Where-Object { -not $_.keep })) { $Paths += Join-Path (Expand-DeployPath $Unit.Instance.config.path) $File.name }
        }
    }
    foreach ($Path in @($Paths | Select-Object -Unique)) {
        if (-not (Test-Path -LiteralPath $Path)) { continue }
        Remove-Path $Path
        Add-Change "$Path removed"
    }
    $Outside = @($Folders | Where-Object { -not $_.StartsWith("$Data\", [StringComparison]::OrdinalIgnoreCase) -and (Test-Path -LiteralPath $_) })
    if ($Outside.Count -gt 0) { Write-JsonFile (Get-KeptPath) ([pscustomobject]@{ folders = @($Outside) }) }
    Remove-State $Release $All ($Outside.Count -gt 0)
    foreach ($Folder in @($Data) + $Outside) {
        if (Test-Path -LiteralPath $Folder) { foreach ($File in @(Get-ChildItem -LiteralPath $Folder -Recurse -File)) { Write-Line "    kept: $($File.FullName)" } }
    }
}

# The script's own folder. What Prepare noted about the server before stays with the data, and where data was left elsewhere.
function Remove-State {
    param([object] $Release, [bool] $All, [bool] $Note)
    # The lock and the transcript are open files below it.
    Exit-Lock
    Stop-RunTranscript
    $State = Get-StateFolder
    $Data = Expand-DeployPath $Release.locations.data.path
    $Keep = @()
    if (-not $All) { $Keep += 'prepare.json' }
    if ($Note) { $Keep += 'kept.json' }
    if (Test-Path -LiteralPath $State) {
        # The record goes before the journal: without either, nothing is installed.
        $Items = @(Get-ChildItem -LiteralPath $State -Force | Where-Object { $Keep -notcontains $_.Name } | Sort-Object -Property { $_.Name -like 'journal.json*' })
        foreach ($Item in $Items) { Remove-Path (Join-Path $State $Item.Name) }
    }
    if ($All -and (Test-Path -LiteralPath $Data)) {
        Remove-Path $Data
        Add-Change "$Data removed"
    }
    if (Test-Path -LiteralPath $Data) { Remove-EmptyFolder $Data }
}

function Remove-EmptyFolder {
    param([string] $Path)
    foreach ($Folder in @(Get-ChildItem -LiteralPath $Path -Directory)) { Remove-EmptyFolder (Join-Path $Path $Folder.Name) }
    if (@(Get-ChildItem -LiteralPath $Path -Force).Count -eq 0) { Remove-Path $Path }
}
